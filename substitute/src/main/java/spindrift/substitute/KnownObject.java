package spindrift.substitute;

import java.util.List;
import java.util.Optional;
import spindrift.catalog.Views;
import spindrift.nix.NarInfo;
import spindrift.p2p.PeerId;

/**
 * A store object that peers have.
 *
 * @param info passed the trust gate
 * @param offers at least one
 */
record KnownObject(NarInfo info, List<Offer> offers) {
  /**
   * What one peer said.
   *
   * @param views that it has of the object; proved by nothing
   */
  record Offer(PeerId peer, Optional<Views> views) {}

  KnownObject {
    offers = List.copyOf(offers);
  }
}
