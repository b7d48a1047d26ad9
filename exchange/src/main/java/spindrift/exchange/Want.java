package spindrift.exchange;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;
import spindrift.base.Bytes;
import spindrift.ipld.Cid;

/** A block that a session expects. Guarded by the desk's lock. */
final class Want {
  private final LiveSession session;
  private final Cid cid;
  private final List<Ask> asks = new ArrayList<>(1);
  private final List<SessionPeer> lacking = new ArrayList<>(0);
  private long place;
  private int expected;
  private boolean postponed;
  private @Nullable Bytes bytes;
  private @Nullable Condition changed;

  Want(LiveSession session, Cid cid) {
    this.session = session;
    this.cid = cid;
  }

  /** The name of a block whatever the version and the codec of its CID: its hash. */
  static Cid key(Cid cid) {
    return cid.version() == 1 && cid.codec() == Cid.RAW ? cid : Cid.of(Cid.RAW, cid.hash());
  }

  LiveSession session() {
    return session;
  }

  Cid cid() {
    return cid;
  }

  /** Where it is outstanding now. */
  List<Ask> asks() {
    return List.copyOf(asks);
  }

  boolean isOutstanding() {
    return !asks.isEmpty();
  }

  /** A peer was asked for it. */
  void asked(Ask ask) {
    asks.add(ask);
    session.outstanding().add(this);
  }

  /** A peer is not asked for it any more. */
  void released(Ask ask) {
    asks.remove(ask);
    if (asks.isEmpty()) {
      session.outstanding().remove(this);
    }
  }

  /** The peers that said that they do not have it. */
  List<SessionPeer> lacking() {
    return lacking;
  }

  boolean isLackedBy(PeerSource source) {
    return lacking.stream().anyMatch(member -> member.source().equals(source));
  }

  /** Where it stands among the wants of its session. */
  long place() {
    return place;
  }

  void place(long newPlace) {
    place = newPlace;
  }

  /** How often it will be loaded still. */
  int expected() {
    return expected;
  }

  void expectOnceMore() {
    expected++;
  }

  void expectOnceLess() {
    expected--;
  }

  /** Whether it came when there was no room for it, and is to be had again when it is loaded. */
  boolean isPostponed() {
    return postponed;
  }

  void postponed(boolean now) {
    postponed = now;
  }

  Optional<Bytes> bytes() {
    return Optional.ofNullable(bytes);
  }

  void bytes(Bytes arrived) {
    bytes = arrived;
    wake();
  }

  /** What those wait on who load it. */
  Condition changed() {
    if (changed == null) {
      changed = session.newCondition();
    }
    return changed;
  }

  void wake() {
    if (changed != null) {
      changed.signalAll();
    }
  }
}
