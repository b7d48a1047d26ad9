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
   * text, save that what is damaged counts as absent to who reads. Anything else is logged: where
   * something cannot be read that is 404 to who reads, a failed upload 422, a bug 500.
   *
   * @throws FaultException when the request is at fault
   * @throws IOException when the request's body cannot be read, or this machine fails
   */
  Reply handle(Request request) throws IOException, FaultException;
}
