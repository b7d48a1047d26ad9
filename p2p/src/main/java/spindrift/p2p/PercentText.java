package spindrift.p2p;

import java.io.ByteArrayOutputStream;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/**
 * Bytes as text in which all but letters, digits and {@code -._~} is escaped by percent signs.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3986#section-2.1">RFC 3986, section 2.1</a>
 */
final class PercentText {
  private static final String DIGITS = "0123456789ABCDEF";

  private PercentText() {}

  static String encode(Bytes bytes) {
    StringBuilder out = new StringBuilder(bytes.size());
    for (int i = 0; i < bytes.size(); i++) {
      int b = bytes.at(i) & 0xff;
      if (isPlain(b)) {
        out.append((char) b);
      } else {
        out.append('%').append(DIGITS.charAt(b >> 4)).append(DIGITS.charAt(b & 0xf));
      }
    }
    return out.toString();
  }

  /** Characters that need no escape are read with or without one; others may stand unescaped. */
  static Bytes decode(String text) throws MalformedDataException {
    Bytes in = Bytes.utf8(text);
    ByteArrayOutputStream out = new ByteArrayOutputStream(in.size());
    for (int i = 0; i < in.size(); i++) {
      if (in.at(i) != '%') {
        out.write(in.at(i));
        continue;
      }
      if (i + 2 >= in.size()) {
        throw new MalformedDataException("percent-encoding", i, "truncated escape");
      }
      int high = Character.digit(in.at(i + 1), 16);
      int low = Character.digit(in.at(i + 2), 16);
      if (high < 0 || low < 0) {
        throw new MalformedDataException("percent-encoding", i, "not a hexadecimal escape");
      }
      out.write((high << 4) | low);
      i += 2;
    }
    return Bytes.owning(out.toByteArray());
  }

  private static boolean isPlain(int b) {
    return b < 0x80 && (Character.isLetterOrDigit(b) || "-._~".indexOf(b) >= 0);
  }
}
