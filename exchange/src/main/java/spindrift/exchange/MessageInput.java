package spindrift.exchange;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import spindrift.base.ByteReader;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/**
 * The bytes of one message after the other: counts what was read, keeps every part within the part
 * around it, and gives up on a peer that sends too slowly. For one thread.
 */
final class MessageInput {
  private static final String FORMAT = "Bitswap message";

  /** Enough for many small blocks at a time, and little for a peer that opens many streams. */
  private static final int BUFFER_BYTES = 16 << 10;

  /** Large parts are taken in pieces of this size, so that progress is seen. */
  private static final int PIECE_BYTES = 64 << 10;

  /** Ours: how long a message may take, however small. */
  private static final long GRACE_NANOS = Duration.ofSeconds(30).toNanos();

  /** Ours: the slowest that a longer message may come, half of a modem's speed. */
  private static final long MIN_BYTES_PER_SECOND = 2 << 10;

  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int position;
  private int filled;
  private long consumed;
  private long limit = Long.MAX_VALUE;
  private long messageStart;
  private long messageStartNanos;

  MessageInput(InputStream in) {
    this.in = in;
  }

  /** Waits for the next message; false where there is none. */
  boolean awaitMessage() throws IOException {
    limit = Long.MAX_VALUE;
    if (position == filled && !fill()) {
      return false;
    }
    messageStart = consumed;
    messageStartNanos = System.nanoTime();
    return true;
  }

  /** Bytes that are left of the part that is being read. */
  long remaining() {
    return limit - consumed;
  }

  /**
   * Goes into a part of so many bytes.
   *
   * @return what {@link #leave} wants back
   */
  long enter(long length) throws MalformedDataException {
    if (length < 0 || length > remaining()) {
      throw malformed("part of " + length + " bytes where " + remaining() + " are left");
    }
    long outer = limit;
    limit = consumed + length;
    return outer;
  }

  /** Ends a part that was read to its end. */
  void leave(long outer) {
    limit = outer;
  }

  /** A varint of protobuf; ten-byte forms, which negative numbers have, come out as -1. */
  long readVarint() throws IOException, MalformedDataException {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      int b = readByte();
      if (shift == 63) {
        if (b > 1) {
          throw malformed("varint over 64 bits");
        }
        return -1;
      }
      value |= (long) (b & 0x7f) << shift;
      if (b < 0x80) {
        return value;
      }
    }
    throw malformed("varint longer than ten bytes");
  }

  /** A length in front of a part that must not be longer than {@code max}. */
  int readLength(int max, String what) throws IOException, MalformedDataException {
    long length = readVarint();
    if (length < 0 || length > max) {
      throw malformed(what + " of " + length + " bytes, more than " + max);
    }
    if (length > remaining()) {
      throw malformed(what + " of " + length + " bytes where " + remaining() + " are left");
    }
    return (int) length;
  }

  /** The next bytes, copied; {@link #readLength} has bounded their number. */
  Bytes readBytes(int length) throws IOException {
    byte[] bytes = new byte[length];
    readFully(bytes, ignored -> {});
    return Bytes.owning(bytes);
  }

  /** The next bytes as a format of their own. */
  ByteReader readPart(int length) throws IOException {
    return readBytes(length).reader(FORMAT);
  }

  /** Fills an array whose size {@link #readLength} has bounded, telling of each piece. */
  void readFully(byte[] target, Progress progress) throws IOException {
    int done = Math.min(target.length, filled - position);
    System.arraycopy(buffer, position, target, 0, done);
    position += done;
    consumed += done;
    progress.came(done);
    while (done < target.length) {
      int left = target.length - done;
      int count;
      if (left < BUFFER_BYTES) {
        fillOrEnd();
        count = Math.min(left, filled);
        System.arraycopy(buffer, 0, target, done, count);
        position = count;
      } else {
        count = in.read(target, done, Math.min(left, PIECE_BYTES));
        if (count < 0) {
          throw ended();
        }
      }
      done += count;
      consumed += count;
      progress.came(count);
      requireSpeed();
    }
  }

  /** Passes over bytes of the present part. */
  void skip(long length) throws IOException, MalformedDataException {
    if (length < 0 || length > remaining()) {
      throw malformed("part of " + length + " bytes where " + remaining() + " are left");
    }
    long left = length;
    while (left > 0) {
      if (position == filled) {
        fillOrEnd();
      }
      int count = (int) Math.min(left, filled - position);
      position += count;
      consumed += count;
      left -= count;
    }
  }

  MalformedDataException malformed(String rule) {
    return new MalformedDataException(FORMAT, consumed - messageStart, rule);
  }

  private int readByte() throws IOException, MalformedDataException {
    if (remaining() == 0) {
      throw malformed("ends in the middle of a number");
    }
    if (position == filled) {
      fillOrEnd();
    }
    consumed++;
    return buffer[position++] & 0xff;
  }

  private void fillOrEnd() throws IOException {
    if (!fill()) {
      throw ended();
    }
    requireSpeed();
  }

  private boolean fill() throws IOException {
    int count = in.read(buffer, 0, BUFFER_BYTES);
    position = 0;
    filled = Math.max(0, count);
    return count > 0;
  }

  private void requireSpeed() throws IOException {
    long nanos = System.nanoTime() - messageStartNanos - GRACE_NANOS;
    if (nanos > 0
        && consumed - messageStart
            < MIN_BYTES_PER_SECOND * (nanos / Duration.ofSeconds(1).toNanos())) {
      throw new IOException("a message came too slowly");
    }
  }

  private static EOFException ended() {
    return new EOFException("the stream ended in the middle of a message");
  }

  /** Is told of bytes as they come. */
  @FunctionalInterface
  interface Progress {
    void came(int bytes);
  }
}
