package spindrift.base;

/**
 * Untrusted text made safe for a message: at most 80 characters where nothing else is said, control
 * characters escaped.
 */
public final class Excerpt {
  private static final int MAX_CHARS = 80;

  private Excerpt() {}

  /** The printable beginning of a text. */
  public static String of(String text) {
    return of(text, MAX_CHARS);
  }

  /** The printable beginning of a text, of up to {@code maxChars} characters. */
  public static String of(String text, int maxChars) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < Math.min(text.length(), maxChars); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (Character.isISOControl(c)) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append(text.length() > maxChars ? "…\"" : "\"").toString();
  }
}
