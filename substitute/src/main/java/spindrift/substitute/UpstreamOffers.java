package spindrift.substitute;

import java.io.InterruptedIOException;
import java.util.List;
import spindrift.nix.NarInfo;

/** Which upstreams have a store object. Safe for use by several threads. */
interface UpstreamOffers {
  /**
   * Those that said so, in the order of preference. Asks them, under the deadline of a look-up, if
   * they were not asked lately.
   *
   * @param info passed the trust gate
   */
  List<UpstreamOffer> offers(NarInfo info) throws InterruptedIOException;
}
