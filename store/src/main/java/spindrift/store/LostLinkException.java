package spindrift.store;

import java.io.IOException;

/** The daemon went away. On a link that had been idle, asking once more on a new one may help. */
final class LostLinkException extends IOException {
  LostLinkException(String message, Exception cause) {
    super(message, cause);
  }
}
