package spindrift.exchange;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Optional;
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

  /** Ours: how many are asked of two peers because a reader waits. */
  private static final int MAX_HURRIED = 4;

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
    int seen = 0;
    for (Want want : wants) {
      if (++seen > LOOKED_AT || !source.hasRoom()) {
        return;
      }
      if (want.asks().size() == 1 && mayHelp(helper, want, now)) {
        source.ask(want, helper, now);
      }
    }
  }

  /**
   * Asks other peers, busy as they may be, for what readers wait for and for some of what comes
   * next, where those that were asked would take much longer.
   *
   * @param awaited what readers wait for
   */
  void hurry(Collection<Want> awaited, Collection<SessionPeer> members, long now) {
    if (awaited.stream().noneMatch(want -> isHurried(want, members, now))) {
      return;
    }
    int hurried = 0;
    int seen = 0;
    for (Want want : wants) {
      if (++seen > LOOKED_AT || hurried == MAX_HURRIED) {
        return;
      }
      hurried += isHurried(want, members, now) ? 1 : 0;
    }
  }

  /** Whether two peers were asked, or are now. */
  private static boolean isHurried(Want want, Collection<SessionPeer> members, long now) {
    if (want.asks().size() != 1) {
      return want.isOutstanding();
    }
    Optional<SessionPeer> helper =
        members.stream()
            .filter(member -> mayHelp(member, want, now))
            .min(Comparator.comparingLong(member -> member.source().quickest()));
    helper.ifPresent(member -> member.source().ask(want, member, now));
    return helper.isPresent();
  }

  /** Whether a peer would bring something much sooner than the one that was asked for it. */
  private static boolean mayHelp(SessionPeer helper, Want want, long now) {
    PeerSource source = helper.source();
    Ask ask = want.asks().getFirst();
    long needed =
        2 * source.quickest() + SLACK_NANOS + (source.hasRoom() ? 0 : AskWindow.AHEAD_NANOS);
    return !ask.source().equals(source)
        && !want.lacking().contains(helper)
        && ask.source().remaining(now - ask.askedAt()) > needed;
  }
}
