package spindrift.base;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * File names as the bytes they are. A name need not be valid in any encoding; {@link Path} keeps
 * such names whole, but its text forms do not. Its URI form does, whatever the locale is.
 */
public final class RawPath {
  private static final String UNRESERVED =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";

  /** Of a whole path: Linux opens no longer one. */
  public static final int MAX_BYTES = 4096;

  private RawPath() {}

  /** The bytes of a path as it was given: of one name, or of a whole path. */
  public static Bytes bytes(Path path) {
    String text = path.toString();
    if (isPlain(text)) {
      return Bytes.utf8(text);
    }
    if (!path.isAbsolute()) {
      // Only an absolute path has a URI that is not resolved against the working directory.
      Bytes whole = bytes(Path.of("/").resolve(path));
      return whole.slice(1, whole.size());
    }
    Bytes raw = Bytes.owning(percentDecode(path.toUri().getRawPath()));
    boolean directorySlash = raw.size() > 1 && raw.at(raw.size() - 1) == '/';
    return directorySlash ? raw.slice(0, raw.size() - 1) : raw;
  }

  /** The path with these bytes; relative ones stay relative. */
  public static Path of(Bytes raw) {
    String text = raw.display();
    if (isPlain(text)) {
      return Path.of(text);
    }
    boolean absolute = !raw.isEmpty() && raw.at(0) == '/';
    Path path = Path.of(URI.create("file://" + (absolute ? "" : "/") + percentEncode(raw)));
    return absolute ? path : Path.of("/").relativize(path);
  }

  /**
   * The whole path that another program named with these bytes.
   *
   * @param format what they were found in
   * @throws MalformedDataException where they are none, or too many for any kernel
   */
  public static Path absolute(Bytes raw, String format) throws MalformedDataException {
    if (raw.isEmpty() || raw.at(0) != '/') {
      throw new MalformedDataException(format, -1, "a file is named by its whole path");
    }
    if (raw.size() > MAX_BYTES) {
      throw new MalformedDataException(format, -1, "a path of " + raw.size() + " bytes");
    }
    for (int i = 0; i < raw.size(); i++) {
      if (raw.at(i) == 0) {
        throw new MalformedDataException(format, -1, "no path has a zero in it");
      }
    }
    return of(raw);
  }

  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x7f || text.charAt(i) == 0) {
        return false;
      }
    }
    return true;
  }

  private static String percentEncode(Bytes raw) {
    StringBuilder out = new StringBuilder(raw.size() * 3);
    for (int i = 0; i < raw.size(); i++) {
      int b = raw.at(i) & 0xff;
      if (UNRESERVED.indexOf(b) >= 0) {
        out.append((char) b);
      } else {
        out.append(String.format("%%%02X", b));
      }
    }
    return out.toString();
  }

  private static byte[] percentDecode(String text) {
    byte[] in = text.getBytes(StandardCharsets.US_ASCII);
    byte[] out = new byte[in.length];
    int size = 0;
    for (int i = 0; i < in.length; i++) {
      if (in[i] == '%') {
        out[size++] = (byte) Integer.parseInt(text, i + 1, i + 3, 16);
        i += 2;
      } else {
        out[size++] = in[i];
      }
    }
    return Bytes.copyOf(out, 0, size).toArray();
  }
}
