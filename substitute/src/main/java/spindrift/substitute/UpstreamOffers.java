package spindrift.substitute;

import java.io.InterruptedIOException;
import java.util.List;
import java.util.function.Predicate;
import spindrift.nix.NarInfo;

/** Which upstreams have a store object. Safe for use by several threads. */
interface UpstreamOffers {
  /**
   * Those that said so, in the order of preference. Where none of them is usable, those are asked
   * that were not asked lately, under the deadline of a look-up, until one is.
   *
   * @param info passed the trust gate
   */
  List<UpstreamOffer> offers(NarInfo info, Predicate<UpstreamOffer> usable)
      throws InterruptedIOException;

  /**
   * Those that said so lately, in the order of preference; does not wait. Asks the others all the
   * same, for the next time.
   */
  List<UpstreamOffer> known(NarInfo info);

  /** Without any. */
  static UpstreamOffers none() {
    return new UpstreamOffers() {
      @Override
      public List<UpstreamOffer> offers(NarInfo info, Predicate<UpstreamOffer> usable) {
        return List.of();
      }

      @Override
      public List<UpstreamOffer> known(NarInfo info) {
        return List.of();
      }
    };
  }
}
