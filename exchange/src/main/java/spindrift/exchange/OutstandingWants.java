package spindrift.exchange;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The wants of a session that are asked of somebody, in the order of asking. Guarded by the desk's
 * lock.
 */
final class OutstandingWants {
  /** Ours: how many are looked at when a peer has time to help with them. */
  private static final int LOOKED_AT = 64;

  /** Ours: how much longer something must take than elsewhere, for a second peer to be asked. */
  private static final long SLACK_NANOS = 50_000_000;

  private final Set<Want> wants = new LinkedHashSet<>();

  void add(Want want) {
    wants.add(want);
  }

  void remove(Want want) {
    wants.remove(want);
  }

  /**
   * Asks a peer that has nothing else to do for what would come late from those that were asked.
   */
  void help(SessionPeer helper, long now) {
    PeerSource source = helper.source();
    long needed = 2 * source.quickest() + SLACK_NANOS;
    int seen = 0;
    for (Want want : wants) {
      if (++seen > LOOKED_AT || !source.hasRoom()) {
        return;
      }
      Ask ask = want.asks().getFirst();
      boolean mayHelp =
          want.asks().size() == 1
              && !ask.source().equals(source)
              && !want.lacking().contains(helper);
      if (mayHelp && ask.source().remaining(now - ask.askedAt()) > needed) {
        source.ask(want, helper, now);
      }
    }
  }
}
