package spindrift.nix;

import java.util.Base64;
import spindrift.base.Bytes;
import spindrift.base.Excerpt;
import spindrift.base.MalformedDataException;

/** Base64 (RFC 4648, with padding) in which each value has one spelling. */
final class StrictBase64 {
  private StrictBase64() {}

  static String encode(Bytes bytes) {
    return Base64.getEncoder().encodeToString(bytes.toArray());
  }

  /** Decodes to exactly {@code size} bytes; {@code format} names the text in messages. */
  static Bytes decode(String format, String text, int size) throws MalformedDataException {
    // The length first: nothing is allocated for a text that cannot be right.
    if (text.length() == length(size)) {
      try {
        Bytes bytes = Bytes.owning(Base64.getDecoder().decode(text));
        if (bytes.size() == size && encode(bytes).equals(text)) {
          return bytes;
        }
      } catch (IllegalArgumentException e) {
        // Not base64 at all: the same message as for a wrong length.
      }
    }
    throw new MalformedDataException(
        format, -1, "not base64 of " + size + " bytes: " + Excerpt.of(text));
  }

  static int length(int size) {
    return (size + 2) / 3 * 4;
  }
}
