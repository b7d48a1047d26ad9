package spindrift.base;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * A cursor over bytes in memory that never reads past the end: every short read is a {@link
 * MalformedDataException} with the offset. For one thread.
 */
public final class ByteReader {
  private final String format;
  private final byte[] array;
  private final int start;
  private final int end;
  private int position;

  private ByteReader(String format, byte[] array, int start, int end) {
    this.format = format;
    this.array = array;
    this.start = start;
    this.end = end;
    this.position = start;
  }

  /** A reader over {@code size} bytes of an array that must not change while it is read. */
  public static ByteReader of(String format, byte[] array, int offset, int size) {
    Objects.checkFromIndexSize(offset, size, array.length);
    return new ByteReader(format, array, offset, offset + size);
  }

  public int remaining() {
    return end - position;
  }

  public boolean atEnd() {
    return position == end;
  }

  /** Bytes read so far. */
  public int offset() {
    return position - start;
  }

  /** The next byte as 0…255. */
  public int readByte() throws MalformedDataException {
    need(1);
    return array[position++] & 0xff;
  }

  /** The next byte as 0…255, without moving on. */
  public int peekByte() throws MalformedDataException {
    need(1);
    return array[position] & 0xff;
  }

  /** The next {@code size} bytes, copied. */
  public Bytes readBytes(long size) throws MalformedDataException {
    Bytes bytes = Bytes.copyOf(array, position, need(size));
    position += bytes.size();
    return bytes;
  }

  /** Moves on by {@code size} bytes. */
  public void skip(long size) throws MalformedDataException {
    position += need(size);
  }

  /** A reader over the next {@code size} bytes; this one moves on past them. */
  public ByteReader readSlice(long size) throws MalformedDataException {
    int length = need(size);
    ByteReader slice = new ByteReader(format, array, position, position + length);
    position += length;
    return slice;
  }

  /** An unsigned varint of at most 63 bits; see {@link Varint}. */
  public long readVarint() throws MalformedDataException {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      if (shift == 63) {
        throw malformed("varint longer than nine bytes");
      }
      int b = readByte();
      value |= (long) (b & 0x7f) << shift;
      if (b < 0x80) {
        if (b == 0 && shift > 0) {
          throw malformed("varint not in its shortest form");
        }
        return value;
      }
    }
  }

  public int readInt(ByteOrder order) throws MalformedDataException {
    int value = ByteBuffer.wrap(array, position, need(4)).order(order).getInt();
    position += 4;
    return value;
  }

  public long readLong(ByteOrder order) throws MalformedDataException {
    long value = ByteBuffer.wrap(array, position, need(8)).order(order).getLong();
    position += 8;
    return value;
  }

  /** Fails unless everything was read. */
  public void expectEnd() throws MalformedDataException {
    if (!atEnd()) {
      throw malformed(remaining() + " bytes too many");
    }
  }

  /** An error at the present offset. */
  public MalformedDataException malformed(String rule) {
    return new MalformedDataException(format, offset(), rule);
  }

  private int need(long size) throws MalformedDataException {
    if (size < 0 || size > remaining()) {
      throw malformed("truncated: " + size + " bytes wanted, " + remaining() + " left");
    }
    return (int) size;
  }
}
