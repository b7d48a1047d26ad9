package spindrift.exchange;

import spindrift.p2p.PeerId;

/** What was exchanged with one peer. Safe for use by several threads. */
final class Traffic {
  private final RateMeter in = new RateMeter();
  private final RateMeter out = new RateMeter();

  void received(long bytes) {
    in.add(bytes);
  }

  void sent(long bytes) {
    out.add(bytes);
  }

  Bitswap.Ledger ledger(PeerId peer, int wants) {
    return new Bitswap.Ledger(
        peer,
        in.count(),
        in.total(),
        out.count(),
        out.total(),
        wants,
        in.perSecond(),
        out.perSecond());
  }
}
