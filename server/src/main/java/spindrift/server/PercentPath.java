package spindrift.server;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import spindrift.base.Bytes;

/** The path of a request: percent-decoded exactly once, and then harmless as a relative name. */
final class PercentPath {
  /** No name that is served is longer: 255 bytes of file name, a hash and a directory or two. */
  static final int MAX_CHARS = 2048;

  private static final String UNRESERVED =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

  private PercentPath() {}

  /**
   * Decodes a raw path. Empty where the path is malformed or is not one that a server has anything
   * at: no leading slash, a broken escape, a NUL, an empty segment (other than a last one), or a
   * segment {@code .} or {@code ..}, however written. Only the name of a {@link HashedFile} may
   * have empty segments. Each character of the result is one byte, for file names need not be text.
   */
  static Optional<String> decode(String raw) {
    if (raw.length() > MAX_CHARS || !raw.startsWith("/")) {
      return Optional.empty();
    }
    String path = raw;
    if (raw.indexOf('%') >= 0) {
      byte[] decoded = new byte[raw.length()];
      int size = 0;
      for (int i = 0; i < raw.length(); i++) {
        int value = raw.charAt(i);
        if (value == '%') {
          value = escape(raw, i);
          i += 2;
        }
        if (value < 0) {
          return Optional.empty();
        }
        decoded[size++] = (byte) value;
      }
      path = new String(decoded, 0, size, StandardCharsets.ISO_8859_1);
    }
    return harmless(path) || HashedFile.hasForm(path) ? Optional.of(path) : Optional.empty();
  }

  /** Appends one segment of a path, with all that is not plain escaped. */
  static void encode(Bytes segment, StringBuilder out) {
    for (int i = 0; i < segment.size(); i++) {
      int b = segment.at(i) & 0xff;
      if (UNRESERVED.indexOf(b) >= 0) {
        out.append((char) b);
      } else {
        out.append(String.format("%%%02X", b));
      }
    }
  }

  /** The value of the escape at an index, or -1. */
  private static int escape(String raw, int at) {
    if (at + 2 >= raw.length()) {
      return -1;
    }
    int high = Character.digit(raw.charAt(at + 1), 16);
    int low = Character.digit(raw.charAt(at + 2), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  private static boolean harmless(String path) {
    int segment = 1;
    for (int i = 1; i <= path.length(); i++) {
      boolean last = i == path.length();
      if (!last && path.charAt(i) == 0) {
        return false;
      }
      if (last || path.charAt(i) == '/') {
        String name = path.substring(segment, i);
        if (name.equals(".") || name.equals("..") || (name.isEmpty() && !last)) {
          return false;
        }
        segment = i + 1;
      }
    }
    return true;
  }
}
