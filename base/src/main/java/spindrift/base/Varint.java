package spindrift.base;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Unsigned variable-length integers (LEB128) as multiformats use them: at most nine bytes, so
 * 0…2^63-1, in the shortest form only. {@link ByteReader#readVarint} reads them.
 *
 * @see <a href="https://github.com/multiformats/unsigned-varint">unsigned-varint</a>
 */
public final class Varint {
  private Varint() {}

  /** How many bytes the value takes; the value must not be negative. */
  public static int size(long value) {
    requireUnsigned(value);
    return value == 0 ? 1 : (63 - Long.numberOfLeadingZeros(value)) / 7 + 1;
  }

  /** Writes the value at an offset and returns the offset behind it. */
  public static int write(long value, byte[] target, int offset) {
    requireUnsigned(value);
    long rest = value;
    int at = offset;
    while (rest >= 0x80) {
      target[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    target[at++] = (byte) rest;
    return at;
  }

  public static void write(long value, OutputStream out) throws IOException {
    byte[] buffer = new byte[9];
    out.write(buffer, 0, write(value, buffer, 0));
  }

  private static void requireUnsigned(long value) {
    if (value < 0) {
      throw new IllegalArgumentException("negative varint: " + value);
    }
  }
}
