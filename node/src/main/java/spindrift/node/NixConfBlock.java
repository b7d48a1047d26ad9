package spindrift.node;

import spindrift.base.ConfigException;

/**
 * The lines that {@code spindrift setup nix} puts at the end of a {@code nix.conf}, where they
 * count more than what is before them, and takes out again. Each character of a text here is a byte
 * of the file.
 */
final class NixConfBlock {
  private static final String BEGIN = "# BEGIN spindrift";
  private static final String END = "# END spindrift\n";

  /** Stands in the first line where there was no file. */
  private static final String NEW_FILE = " [new file]";

  /** Stands in the first line where the file did not end in a line feed, which then was added. */
  private static final String NEW_LINE = " [new line]";

  private NixConfBlock() {}

  /** A text with the lines for a URL at its end, in place of those that it may have. */
  static String with(String text, String url) throws ConfigException {
    return place(without(text), url, flags(text));
  }

  /** The lines in a file of their own. */
  static String alone(String url) {
    return place("", url, NEW_FILE);
  }

  /** Lines that replace others go on saying what was before these. */
  private static String flags(String text) throws ConfigException {
    String rest = without(text);
    if (has(text) && rest.isEmpty()) {
      return isNewFile(text) ? NEW_FILE : "";
    }
    return rest.isEmpty() || rest.endsWith("\n") ? "" : NEW_LINE;
  }

  private static String place(String rest, String url, String flag) {
    return rest + (flag.equals(NEW_LINE) ? "\n" : "") + BEGIN + flag + lines(url) + END;
  }

  private static String lines(String url) {
    return """

    # 'spindrift setup nix' wrote these lines, and 'spindrift setup nix --undo' takes them out.
    # The one substituter is the node on this machine; it asks other machines and the caches of
    # the internet, all at once. Keys stay as they are: Nix checks signatures as before.
    substituters = %1$s
    # Sources of fetchurl by their hash, before their own URLs.
    hashed-mirrors = %1$s
    # What nobody had may be had soon: another machine comes, or builds it. Nix would remember
    # for an hour. The node itself remembers for some seconds, so to ask it again is cheap.
    narinfo-cache-negative-ttl = 30
    # Where something cannot be had after all, or the node is stopped, Nix builds it itself.
    fallback = true
    """
        .formatted(url);
  }

  static boolean has(String text) {
    return text.startsWith(BEGIN) || text.contains("\n" + BEGIN);
  }

  /** Whether there was no file before the lines, and there is nothing beside them now. */
  static boolean isNewFile(String text) {
    return text.startsWith(BEGIN + NEW_FILE);
  }

  /**
   * The text as it was before the lines; all else that was written since stays.
   *
   * @throws ConfigException when the lines do not end, or are there twice
   */
  static String without(String text) throws ConfigException {
    if (!has(text)) {
      return text;
    }
    int begin = text.startsWith(BEGIN) ? 0 : text.indexOf("\n" + BEGIN) + 1;
    int end = text.indexOf(END, begin);
    if (end < 0 || has(text.substring(end + END.length()))) {
      throw new ConfigException(
          "the lines between '"
              + BEGIN
              + "' and '"
              + END.strip()
              + "' were changed by hand; take them out with an editor");
    }
    boolean newLine = text.startsWith(BEGIN + NEW_LINE, begin);
    return text.substring(0, newLine ? begin - 1 : begin) + text.substring(end + END.length());
  }

  /** The same for NixOS, nix-darwin and home-manager, which write the file themselves. */
  static String module(String url) {
    return """
    nix.settings = {
      substituters = lib.mkForce [ "%1$s" ];
      hashed-mirrors = [ "%1$s" ];
      narinfo-cache-negative-ttl = 30;
      fallback = true;
    };
    """
        .formatted(url);
  }
}
