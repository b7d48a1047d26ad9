package spindrift.nix;

import java.util.Arrays;
import spindrift.base.Bytes;
import spindrift.base.Excerpt;
import spindrift.base.MalformedDataException;

/**
 * Nix's own base-32: digits in reverse order, letters {@code e o t u} left out, no padding.
 *
 * <p>Decoding is strict, so that each value has one spelling: the length must be the exact one and
 * the bits left over must be zero.
 */
public final class Nix32 {
  private static final String ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz";
  private static final byte[] VALUES = values();

  private Nix32() {}

  /** How many characters {@code byteCount} bytes take. */
  public static int length(int byteCount) {
    return (byteCount * 8 + 4) / 5;
  }

  public static String encode(Bytes bytes) {
    int size = bytes.size();
    char[] text = new char[length(size)];
    for (int k = 0; k < text.length; k++) {
      int bit = k * 5;
      int low = (bytes.at(bit / 8) & 0xff) >>> (bit % 8);
      int high = bit / 8 + 1 < size ? (bytes.at(bit / 8 + 1) & 0xff) << (8 - bit % 8) : 0;
      text[text.length - 1 - k] = ALPHABET.charAt((low | high) & 31);
    }
    return new String(text);
  }

  /**
   * The bytes that a text stands for.
   *
   * @throws MalformedDataException when a character is not in the alphabet, when no number of bytes
   *     has this length, or when unused bits are set
   */
  public static Bytes decode(String text) throws MalformedDataException {
    int size = text.length() * 5 / 8;
    if (length(size) != text.length()) {
      throw malformed(text, "no number of bytes takes " + text.length() + " characters");
    }
    byte[] bytes = new byte[size];
    for (int k = 0; k < text.length(); k++) {
      int digit = value(text.charAt(text.length() - 1 - k));
      if (digit < 0) {
        throw malformed(text, "a character is not in the alphabet");
      }
      int at = k * 5 / 8;
      int shifted = digit << (k * 5 % 8);
      bytes[at] |= (byte) shifted;
      int carry = shifted >>> 8;
      if (at + 1 < size) {
        bytes[at + 1] |= (byte) carry;
      } else if (carry != 0) {
        throw malformed(text, "unused bits are set");
      }
    }
    return Bytes.owning(bytes);
  }

  /** Whether all characters are in the alphabet. */
  static boolean isAlphabetic(CharSequence text) {
    for (int i = 0; i < text.length(); i++) {
      if (value(text.charAt(i)) < 0) {
        return false;
      }
    }
    return true;
  }

  private static int value(char c) {
    return c < VALUES.length ? VALUES[c] : -1;
  }

  private static MalformedDataException malformed(String text, String rule) {
    return new MalformedDataException("nix32", -1, rule + ": " + Excerpt.of(text));
  }

  private static byte[] values() {
    byte[] values = new byte[128];
    Arrays.fill(values, (byte) -1);
    for (int i = 0; i < ALPHABET.length(); i++) {
      values[ALPHABET.charAt(i)] = (byte) i;
    }
    return values;
  }
}
