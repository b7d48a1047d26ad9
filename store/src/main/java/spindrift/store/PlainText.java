package spindrift.store;

import java.util.regex.Pattern;

/** Messages of Nix without what is meant for a terminal. */
final class PlainText {
  /** Colours and other control sequences of ECMA-48, and links (OSC 8). */
  private static final Pattern SEQUENCE =
      Pattern.compile("\\x1b\\[[0-?]*[ -/]*[@-~]|\\x1b\\][^\\x07\\x1b]*(?:\\x07|\\x1b\\\\)|\\x1b.");

  private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f]");

  private PlainText() {}

  static String of(String message) {
    String text = SEQUENCE.matcher(message).replaceAll("");
    return CONTROL.matcher(text).replaceAll("").strip();
  }
}
