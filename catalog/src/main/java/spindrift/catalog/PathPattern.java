package spindrift.catalog;

import spindrift.base.Excerpt;
import spindrift.base.MalformedDataException;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/**
 * Which store paths a rule is about: a pattern with {@code *} for any characters and {@code ?} for
 * one, which all of the name after the hash must match; or, where it begins with a slash, all of
 * the path with the store's directory. Case counts.
 */
public record PathPattern(String text) {
  /** Ours: twice the longest store path. */
  private static final int MAX_LENGTH = 512;

  private static final String FORMAT = "path pattern";

  /**
   * Reads a pattern.
   *
   * @throws MalformedDataException when no store path can match it
   */
  public static PathPattern parse(String text) throws MalformedDataException {
    if (text.isEmpty() || text.length() > MAX_LENGTH) {
      throw new MalformedDataException(FORMAT, -1, "want 1 to " + MAX_LENGTH + " characters");
    }
    boolean isPath = text.startsWith("/");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean isAllowed = c == '*' || StorePath.isName("x" + c) || (c == '/' && isPath);
      if (!isAllowed) {
        throw new MalformedDataException(
            FORMAT, i, "no name of a store path has such a character: " + Excerpt.of(text));
      }
    }
    return new PathPattern(text);
  }

  boolean matches(StorePath path, StoreDir store) {
    return matches(text.startsWith("/") ? path.in(store) : path.name());
  }

  /** Goes back to the last star alone, so that many stars cost no more than one. */
  private boolean matches(String name) {
    int at = 0;
    int in = 0;
    int star = -1;
    int starAt = 0;
    while (at < name.length()) {
      if (in < text.length() && text.charAt(in) == '*') {
        star = in++;
        starAt = at;
      } else if (in < text.length()
          && (text.charAt(in) == '?' || text.charAt(in) == name.charAt(at))) {
        in++;
        at++;
      } else if (star >= 0) {
        in = star + 1;
        at = ++starAt;
      } else {
        return false;
      }
    }
    while (in < text.length() && text.charAt(in) == '*') {
      in++;
    }
    return in == text.length();
  }
}
