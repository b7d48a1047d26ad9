package spindrift.substitute;

import java.io.IOException;
import java.time.Duration;
import spindrift.base.FaultException;
import spindrift.nix.StoreDir;
import spindrift.p2p.Host;
import spindrift.p2p.PeerId;

/** Asks peers what they have. Safe for use by several threads. */
public final class LookupClient {
  /** The protocol's id; see {@code docs/protocols/lookup.md}. */
  public static final String PROTOCOL = "/spindrift/lookup/1.0.0";

  public LookupClient(Host host, StoreDir storeDir) {
    throw new UnsupportedOperationException("TODO");
  }

  /**
   * Asks one peer, in one round trip.
   *
   * @throws spindrift.base.AbsentException when the peer does not speak the protocol
   * @throws IOException when it does not answer in time
   * @throws spindrift.base.MalformedDataException when its answer breaks the protocol; it was
   *     penalised
   */
  public LookupAnswer ask(PeerId peer, LookupRequest request, Duration timeout)
      throws IOException, FaultException, InterruptedException {
    throw new UnsupportedOperationException("TODO");
  }
}
