package spindrift.base;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;

/**
 * An immutable sequence of bytes, compared by content.
 *
 * <p>Order is that of unsigned bytes, shorter first among equals, which is the order of names in a
 * NAR and of links in a DAG-PB directory. Safe for use by several threads.
 */
public final class Bytes implements Comparable<Bytes> {
  /** No bytes at all. */
  public static final Bytes EMPTY = new Bytes(new byte[0], 0, 0);

  private final byte[] array;
  private final int offset;
  private final int size;

  private Bytes(byte[] array, int offset, int size) {
    this.array = array;
    this.offset = offset;
    this.size = size;
  }

  /** The given byte values; each int must be in -128…255. */
  public static Bytes of(int... values) {
    byte[] copy = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      if (values[i] < -128 || values[i] > 255) {
        throw new IllegalArgumentException("not a byte: " + values[i]);
      }
      copy[i] = (byte) values[i];
    }
    return new Bytes(copy, 0, copy.length);
  }

  /** A copy of the whole array. */
  public static Bytes copyOf(byte[] array) {
    return new Bytes(array.clone(), 0, array.length);
  }

  /** A copy of {@code size} bytes from {@code offset}. */
  public static Bytes copyOf(byte[] array, int offset, int size) {
    Objects.checkFromIndexSize(offset, size, array.length);
    return new Bytes(Arrays.copyOfRange(array, offset, offset + size), 0, size);
  }

  /** The array itself, without a copy: the caller must never write to it again. */
  public static Bytes owning(byte[] array) {
    return new Bytes(array, 0, array.length);
  }

  /** The UTF-8 encoding of a text. */
  public static Bytes utf8(String text) {
    return owning(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Reads lower- or upper-case hexadecimal.
   *
   * @throws MalformedDataException when the text is not an even number of hexadecimal digits
   */
  public static Bytes parseHex(String text) throws MalformedDataException {
    try {
      return owning(HexFormat.of().parseHex(text));
    } catch (IllegalArgumentException e) {
      throw new MalformedDataException("hex", 0, "not hexadecimal: " + Excerpt.of(text));
    }
  }

  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** The byte at an index in 0…size-1. */
  public byte at(int index) {
    return array[offset + Objects.checkIndex(index, size)];
  }

  /** The bytes from {@code from} (inclusive) to {@code to} (exclusive), sharing storage. */
  public Bytes slice(int from, int to) {
    Objects.checkFromToIndex(from, to, size);
    return new Bytes(array, offset + from, to - from);
  }

  /** This content and then the other's. */
  public Bytes concat(Bytes other) {
    byte[] joined = new byte[Math.addExact(size, other.size)];
    copyTo(joined, 0);
    other.copyTo(joined, size);
    return owning(joined);
  }

  /** A fresh array with this content. */
  public byte[] toArray() {
    return Arrays.copyOfRange(array, offset, offset + size);
  }

  /** A read-only view for NIO. */
  public ByteBuffer asByteBuffer() {
    return ByteBuffer.wrap(array, offset, size).slice().asReadOnlyBuffer();
  }

  /** Copies everything into {@code target} at {@code targetOffset}. */
  public void copyTo(byte[] target, int targetOffset) {
    System.arraycopy(array, offset, target, targetOffset, size);
  }

  /** Writes everything to a stream. */
  public void writeTo(OutputStream out) throws IOException {
    out.write(array, offset, size);
  }

  /** Writes everything to a target. */
  public void writeTo(ByteTarget target) throws IOException {
    target.write(array, offset, size);
  }

  /** A bounded reader over this content; {@code format} names it in error messages. */
  public ByteReader reader(String format) {
    return ByteReader.of(format, array, offset, size);
  }

  /** Lower-case hexadecimal. */
  public String hex() {
    return HexFormat.of().formatHex(array, offset, offset + size);
  }

  /** The text, where this is valid UTF-8; empty where it is not. */
  public Optional<String> utf8() {
    try {
      return Optional.of(
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(array, offset, size))
              .toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** The text, with U+FFFD wherever this is not valid UTF-8; for people, not for machines. */
  public String display() {
    return new String(array, offset, size, StandardCharsets.UTF_8);
  }

  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(
        array, offset, offset + size, other.array, other.offset, other.offset + other.size);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes that
        && Arrays.equals(
            array, offset, offset + size, that.array, that.offset, that.offset + that.size);
  }

  @Override
  public int hashCode() {
    int hash = 1;
    for (int i = offset; i < offset + size; i++) {
      hash = 31 * hash + array[i];
    }
    return hash;
  }

  /** A short form for messages: hexadecimal, cut after 32 bytes. */
  @Override
  public String toString() {
    return size <= 32 ? hex() : slice(0, 32).hex() + "…(" + size + " bytes)";
  }
}
