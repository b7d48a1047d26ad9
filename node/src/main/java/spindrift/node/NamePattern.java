package spindrift.node;

import java.util.regex.Pattern;
import spindrift.nix.StorePath;

/** A pattern for store paths with {@code *} and {@code ?}, matched against name and base name. */
final class NamePattern {
  private final Pattern pattern;

  NamePattern(String text) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      regex.append(
          switch (c) {
            case '*' -> ".*";
            case '?' -> ".";
            default -> Pattern.quote(String.valueOf(c));
          });
    }
    pattern = Pattern.compile(regex.toString());
  }

  boolean matches(StorePath path) {
    return pattern.matcher(path.name()).matches() || pattern.matcher(path.baseName()).matches();
  }
}
