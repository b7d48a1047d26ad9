package spindrift.p2p;

import java.io.IOException;
import spindrift.base.FaultException;

/** Answers the streams that peers open for a protocol, each on a virtual thread of its own. */
@FunctionalInterface
public interface StreamHandler {
  /**
   * Serves one stream; it is closed when this returns, and reset when this throws. A {@link
   * spindrift.base.ProtocolViolationException}, {@link spindrift.base.MalformedDataException} or
   * {@link spindrift.base.IntegrityException} counts against the peer.
   */
  void handle(P2pStream stream) throws IOException, FaultException, InterruptedException;
}
