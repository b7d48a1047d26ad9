package spindrift.base;

/** Untrusted text made safe for a message: at most 80 characters, control characters escaped. */
public final class Excerpt {
  private static final int MAX_CHARS = 80;

  private Excerpt() {}

  /** The printable beginning of a text. */
  public static String of(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < Math.min(text.length(), MAX_CHARS); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (Character.isISOControl(c)) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append(text.length() > MAX_CHARS ? "…\"" : "\"").toString();
  }
}
