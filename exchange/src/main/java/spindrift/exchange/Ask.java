package spindrift.exchange;

import java.util.ArrayList;
import java.util.List;
import spindrift.ipld.Cid;

/** A want that is outstanding at a peer, for one session or several. Guarded by the desk's lock. */
final class Ask {
  /** A session's want, and the peer as the session knows it. */
  record Asker(Want want, SessionPeer via) {}

  private final PeerSource source;
  private final Cid cid;
  private final long askedAt;
  private final long deliveredBefore;
  private long turn;
  private boolean renewed;
  private final List<Asker> askers = new ArrayList<>(1);

  /**
   * @param deliveredBefore bytes that the peer had delivered when it was asked
   * @param turn how many answers the peer will have given when this one is due
   */
  Ask(PeerSource source, Cid cid, long askedAt, long deliveredBefore, long turn) {
    this.source = source;
    this.cid = cid;
    this.askedAt = askedAt;
    this.deliveredBefore = deliveredBefore;
    this.turn = turn;
  }

  PeerSource source() {
    return source;
  }

  /** As it was asked for. */
  Cid cid() {
    return cid;
  }

  long askedAt() {
    return askedAt;
  }

  long deliveredBefore() {
    return deliveredBefore;
  }

  long turn() {
    return turn;
  }

  /** Sets another turn; only once, and false after that. */
  boolean renew(long nextTurn) {
    boolean first = !renewed;
    renewed = true;
    turn = nextTurn;
    return first;
  }

  /** Whether a session that asks has nobody else to ask. */
  boolean isLastHope() {
    return askers.stream()
        .anyMatch(asker -> !asker.want().session().hasOtherFor(asker.want(), asker.via()));
  }

  /** How urgent it is. */
  int priority() {
    Want want = askers.getFirst().want();
    return want.session().priority(want);
  }

  List<Asker> askers() {
    return askers;
  }
}
