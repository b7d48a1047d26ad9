package spindrift.nix;

import spindrift.base.MalformedDataException;

/** The name of a signing key, by custom a host name and a number: {@code cache.nixos.org-1}. */
final class KeyName {
  /** Ours: host names end at 253, and a name is repeated in each signature. */
  static final int MAX_LENGTH = 512;

  private KeyName() {}

  /** Whether a name can be written in front of a colon, within one line of a narinfo. */
  static boolean isValid(String name) {
    return !name.isEmpty()
        && name.length() <= MAX_LENGTH
        && name.chars().noneMatch(c -> c == ':' || c <= ' ' || c == 0x7f);
  }

  /** The valid name in front of a text's first colon. */
  static String before(String format, String text) throws MalformedDataException {
    int colon = text.indexOf(':');
    if (colon < 0) {
      // The text is not quoted: it may be a secret key in the wrong place.
      throw new MalformedDataException(format, -1, "no colon after the key name");
    }
    String name = text.substring(0, colon);
    if (!isValid(name)) {
      throw new MalformedDataException(format, -1, "unusable key name");
    }
    return name;
  }
}
