package spindrift.server;

import java.io.IOException;
import spindrift.base.FaultException;

/**
 * What answers requests. Called on a virtual thread, by many at once; may block for as long as it
 * likes.
 */
@FunctionalInterface
public interface Handler {
  /**
   * The answer. A {@link FaultException} becomes the 4xx status of its fault with its message as
   * text; anything else becomes 500, and is logged.
   *
   * @throws FaultException when the request is at fault
   * @throws IOException when the request's body cannot be read, or this machine fails
   */
  Reply handle(Request request) throws IOException, FaultException;
}
