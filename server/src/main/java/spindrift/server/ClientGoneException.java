package spindrift.server;

import java.io.IOException;

/** The client went away, or stopped taking bytes: nobody is left to tell, so this is not logged. */
final class ClientGoneException extends IOException {
  ClientGoneException(String message) {
    super(message);
  }

  ClientGoneException(IOException cause) {
    super(cause.getMessage(), cause);
  }
}
