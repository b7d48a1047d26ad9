package spindrift.base;

import java.util.Arrays;
import java.util.Locale;

/**
 * Text forms of binary data that say in their first character how they were made.
 *
 * <p>Decoding is strict: no characters outside the alphabet, no bits left over that are not zero,
 * padding exactly where the form has it. Letters of the forms whose alphabet has one case only are
 * read in either case, as the specification asks.
 *
 * @see <a href="https://github.com/multiformats/multibase/tree/d7406cdea189">multibase</a>
 */
public enum Multibase {
  BASE16('f', Digits.HEX, Shape.BITS),
  BASE16_UPPER('F', Digits.HEX.toUpperCase(Locale.ROOT), Shape.BITS),
  BASE32('b', Digits.BASE32, Shape.BITS),
  BASE32_UPPER('B', Digits.BASE32.toUpperCase(Locale.ROOT), Shape.BITS),
  BASE32_PAD('c', Digits.BASE32, Shape.PADDED_BITS),
  BASE32_PAD_UPPER('C', Digits.BASE32.toUpperCase(Locale.ROOT), Shape.PADDED_BITS),
  BASE36('k', Digits.BASE36, Shape.NUMBER),
  BASE36_UPPER('K', Digits.BASE36.toUpperCase(Locale.ROOT), Shape.NUMBER),
  BASE58BTC('z', Digits.BASE58, Shape.NUMBER),
  BASE64('m', Digits.ALPHANUMERIC + "+/", Shape.BITS),
  BASE64_PAD('M', Digits.ALPHANUMERIC + "+/", Shape.PADDED_BITS),
  BASE64URL('u', Digits.ALPHANUMERIC + "-_", Shape.BITS),
  BASE64URL_PAD('U', Digits.ALPHANUMERIC + "-_", Shape.PADDED_BITS);

  /**
   * The longest text that is decoded, prefix included. Ours: a CID has at most some 300 characters,
   * and the time to decode base36 and base58 grows with the square of the length.
   */
  public static final int MAX_CHARS = 1024;

  private static final String FORMAT = "multibase";
  private static final char NO_DIGIT = 0xff;
  private static final int LARGEST_OF_ONE_CASE = 36;

  private final char prefix;
  private final String alphabet;
  private final Shape shape;

  /** The value of each ASCII character as a char, {@link #NO_DIGIT} where it is no digit. */
  private final String values;

  Multibase(char prefix, String alphabet, Shape shape) {
    this.prefix = prefix;
    this.alphabet = alphabet;
    this.shape = shape;
    this.values = valuesOf(alphabet);
  }

  private static String valuesOf(String alphabet) {
    char[] values = new char[128];
    Arrays.fill(values, NO_DIGIT);
    for (int i = 0; i < alphabet.length(); i++) {
      values[alphabet.charAt(i)] = (char) i;
      if (alphabet.length() <= LARGEST_OF_ONE_CASE) {
        values[Character.toLowerCase(alphabet.charAt(i))] = (char) i;
        values[Character.toUpperCase(alphabet.charAt(i))] = (char) i;
      }
    }
    return new String(values);
  }

  /** The form with a prefix. */
  public static Multibase ofPrefix(char prefix) throws MalformedDataException {
    for (Multibase base : values()) {
      if (base.prefix == prefix) {
        return base;
      }
    }
    throw new MalformedDataException(
        FORMAT, 0, "unknown prefix " + Excerpt.of(String.valueOf(prefix)));
  }

  /** Reads text with its prefix. */
  public static Bytes decode(String text) throws MalformedDataException, LimitExceededException {
    if (text.isEmpty()) {
      throw new MalformedDataException(FORMAT, 0, "empty text");
    }
    return ofPrefix(text.charAt(0)).decodeFrom(text, 1);
  }

  /** The character that names this form. */
  public char prefix() {
    return prefix;
  }

  /** Text with its prefix. */
  public String encode(Bytes bytes) {
    return prefix + encodeBare(bytes);
  }

  /** Text without prefix. */
  public String encodeBare(Bytes bytes) {
    return shape == Shape.NUMBER ? encodeNumber(bytes) : encodeBits(bytes);
  }

  /** Reads text without prefix. */
  public Bytes decodeBare(String text) throws MalformedDataException, LimitExceededException {
    return decodeFrom(text, 0);
  }

  private Bytes decodeFrom(String text, int start)
      throws MalformedDataException, LimitExceededException {
    if (text.length() > MAX_CHARS) {
      throw new LimitExceededException("length of a multibase text", MAX_CHARS);
    }
    return shape == Shape.NUMBER ? decodeNumber(text, start) : decodeBits(text, start);
  }

  private int digit(String text, int index) throws MalformedDataException {
    char c = text.charAt(index);
    char value = c < values.length() ? values.charAt(c) : NO_DIGIT;
    if (value == NO_DIGIT) {
      throw new MalformedDataException(
          FORMAT, index, "not a digit: " + Excerpt.of(String.valueOf(c)));
    }
    return value;
  }

  private int bitsPerDigit() {
    return Integer.numberOfTrailingZeros(alphabet.length());
  }

  /** Digits in a group that ends on a byte boundary; a padded text is a multiple of it. */
  private int groupDigits() {
    return bitsPerDigit() == 5 ? 8 : 4;
  }

  private String encodeBits(Bytes bytes) {
    int bits = bitsPerDigit();
    StringBuilder out = new StringBuilder(bytes.size() * 8 / bits + 8);
    int held = 0;
    int heldBits = 0;
    for (int i = 0; i < bytes.size(); i++) {
      held = ((held << 8) | (bytes.at(i) & 0xff)) & 0xffff;
      heldBits += 8;
      while (heldBits >= bits) {
        heldBits -= bits;
        out.append(alphabet.charAt((held >> heldBits) & ((1 << bits) - 1)));
      }
    }
    if (heldBits > 0) {
      out.append(alphabet.charAt((held << (bits - heldBits)) & ((1 << bits) - 1)));
    }
    if (shape == Shape.PADDED_BITS) {
      out.repeat('=', -out.length() & (groupDigits() - 1));
    }
    return out.toString();
  }

  private Bytes decodeBits(String text, int start) throws MalformedDataException {
    int bits = bitsPerDigit();
    int end = shape == Shape.PADDED_BITS ? endBeforePadding(text, start) : text.length();
    byte[] out = new byte[(end - start) * bits / 8];
    int size = 0;
    int held = 0;
    int heldBits = 0;
    for (int i = start; i < end; i++) {
      held = ((held << bits) | digit(text, i)) & 0xffff;
      heldBits += bits;
      if (heldBits >= 8) {
        heldBits -= 8;
        out[size++] = (byte) (held >> heldBits);
      }
    }
    if (heldBits >= bits) {
      throw new MalformedDataException(FORMAT, end - 1L, "a digit that ends no byte");
    }
    if ((held & ((1 << heldBits) - 1)) != 0) {
      throw new MalformedDataException(FORMAT, end - 1L, "bits left over that are not zero");
    }
    return Bytes.owning(out);
  }

  private int endBeforePadding(String text, int start) throws MalformedDataException {
    if ((text.length() - start) % groupDigits() != 0) {
      throw new MalformedDataException(FORMAT, text.length(), "padding missing");
    }
    int end = text.length();
    while (end > start && text.charAt(end - 1) == '=') {
      end--;
    }
    if (text.length() - end >= groupDigits()) {
      throw new MalformedDataException(FORMAT, end, "too much padding");
    }
    return end;
  }

  private String encodeNumber(Bytes bytes) {
    int zeros = 0;
    while (zeros < bytes.size() && bytes.at(zeros) == 0) {
      zeros++;
    }
    // log(256) / log(36) < 1.55, the larger of the two bases
    byte[] digits = new byte[(bytes.size() - zeros) * 155 / 100 + 1];
    int low = digits.length;
    for (int i = zeros; i < bytes.size(); i++) {
      low = multiplyAdd(digits, low, alphabet.length(), 256, bytes.at(i) & 0xff);
    }
    StringBuilder out = new StringBuilder(zeros + digits.length - low);
    out.repeat(alphabet.charAt(0), zeros);
    for (int i = low; i < digits.length; i++) {
      out.append(alphabet.charAt(digits[i]));
    }
    return out.toString();
  }

  private Bytes decodeNumber(String text, int start) throws MalformedDataException {
    int zeros = 0;
    while (start + zeros < text.length() && text.charAt(start + zeros) == alphabet.charAt(0)) {
      zeros++;
    }
    byte[] digits = new byte[text.length() - start - zeros];
    int low = digits.length;
    for (int i = start + zeros; i < text.length(); i++) {
      low = multiplyAdd(digits, low, 256, alphabet.length(), digit(text, i));
    }
    byte[] out = new byte[zeros + digits.length - low];
    System.arraycopy(digits, low, out, zeros, digits.length - low);
    return Bytes.owning(out);
  }

  /**
   * Sets number = number × factor + addend, where the number is big-endian digits of a base, the
   * first of them that is not zero at index {@code low}; returns the new {@code low}.
   */
  private static int multiplyAdd(byte[] digits, int low, int base, int factor, int addend) {
    int carry = addend;
    int at = digits.length;
    while (at > low || carry > 0) {
      at--;
      carry += (digits[at] & 0xff) * factor;
      digits[at] = (byte) (carry % base);
      carry /= base;
    }
    return at;
  }

  private enum Shape {
    /** A fixed number of bits a digit. */
    BITS,
    /** The same, filled up with {@code =} to a byte boundary. */
    PADDED_BITS,
    /** One big number; leading zero bytes are leading zero digits. */
    NUMBER
  }

  private static final class Digits {
    static final String HEX = "0123456789abcdef";
    static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
    static final String BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz";
    static final String BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    static final String ALPHANUMERIC =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  }
}
