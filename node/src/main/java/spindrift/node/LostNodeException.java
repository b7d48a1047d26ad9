package spindrift.node;

import java.io.IOException;

/** The node has gone, or was restarted, before it had answered all. */
final class LostNodeException extends IOException {
  private static final long serialVersionUID = 1;

  LostNodeException(String message) {
    super(message);
  }
}
