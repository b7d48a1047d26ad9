package spindrift.exchange;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.ipld.Cid;
import spindrift.p2p.PeerId;

/** One transfer: what it expects, what came, and whom it asks. Guarded by the desk's lock. */
final class LiveSession implements FetchSession {
  /** The most urgent want; those behind it count down. */
  private static final int TOP_PRIORITY = 1 << 30;

  private final FetchDesk desk;
  private final Map<Cid, Want> wants = new LinkedHashMap<>();
  private final UnaskedWants unasked = new UnaskedWants();
  private final OutstandingWants outstanding = new OutstandingWants();
  private final Map<PeerId, SessionPeer> members = new LinkedHashMap<>();
  private final Map<PeerId, Share> shares = new LinkedHashMap<>();
  private final Map<Want, Integer> loaders = new HashMap<>();
  private long nextPlace;
  private long firstPlace;
  private long readPlace;
  private long heldBytes;
  private long maxHeldBytes = Long.MAX_VALUE;
  private boolean closed;

  LiveSession(FetchDesk desk) {
    this.desk = desk;
  }

  @Override
  public void addPeer(PeerId peer) {
    Optional<PeerSource> source = desk.source(peer);
    if (source.isPresent() && !desk.call(now -> join(source.get(), now))) {
      // It has gone in between; if it is back already, it is another source now.
      desk.source(peer).ifPresent(other -> desk.call(now -> join(other, now)));
    }
  }

  @Override
  public void dropPeer(PeerId peer) {
    desk.run(
        now -> {
          SessionPeer member = members.get(peer);
          if (member != null) {
            drop(member, now);
            refill(now);
            member.source().fill(now);
          }
        });
  }

  @Override
  public List<PeerId> peers() {
    return desk.call(now -> List.copyOf(members.keySet()));
  }

  @Override
  public void expect(List<Cid> cids) {
    desk.run(
        now -> {
          if (closed) {
            return;
          }
          for (Cid cid : cids) {
            if (!cid.isIdentity()) {
              expect(cid, nextPlace++);
            }
          }
          fill(now);
        });
  }

  @Override
  public void holdAtMost(long bytes) {
    desk.run(now -> maxHeldBytes = bytes);
  }

  @Override
  public boolean holds(Cid cid) {
    return cid.isIdentity()
        || desk.call(
            now -> {
              Want want = wants.get(Want.key(cid));
              return want != null && want.bytes().isPresent();
            });
  }

  @Override
  public Bytes load(Cid cid) throws IOException, AbsentException {
    if (cid.isIdentity()) {
      return cid.digest();
    }
    desk.lock();
    try {
      requireOpen();
      Want want = hasten(cid);
      if (loaders.merge(want, 1, Integer::sum) > want.expected()) {
        // Who loads it besides others must not be left without it when they are done.
        want.expectOnceMore();
      }
      try {
        return awaitBlock(want);
      } finally {
        loaders.computeIfPresent(want, (same, count) -> count == 1 ? null : count - 1);
        want.expectOnceLess();
        if (want.expected() <= 0 && wants.remove(Want.key(cid), want)) {
          boolean outstanding = want.isOutstanding();
          abandon(want);
          if (outstanding) {
            fill(desk.now());
          }
        }
      }
    } finally {
      desk.unlock();
    }
  }

  @Override
  public List<PeerShare> shares() {
    return desk.call(now -> shares.values().stream().map(share -> share.snapshot(now)).toList());
  }

  @Override
  public void close() {
    desk.run(
        now -> {
          closed = true;
          List.copyOf(wants.values()).forEach(this::abandon);
          wants.clear();
          List<PeerSource> relieved = sources();
          List.copyOf(members.values()).forEach(member -> drop(member, now));
          relieved.forEach(source -> source.fill(now));
          loaders.keySet().forEach(Want::wake);
          desk.forget(this);
        });
  }

  Condition newCondition() {
    return desk.newCondition();
  }

  /**
   * How urgent a want is beside those of other sessions: by how far behind the reader it stands.
   */
  int priority(Want want) {
    return Math.clamp(TOP_PRIORITY - (want.place() - readPlace), 1, TOP_PRIORITY);
  }

  /** Takes the first unasked want that a peer may have. */
  Optional<Want> next(SessionPeer member) {
    return unasked.take(member);
  }

  /** A block has come, from whomever. */
  void came(Want want, PeerId peer, Bytes bytes) {
    Share share = shares.get(peer);
    if (share != null) {
      share.came(bytes.size());
    }
    unasked.remove(want);
    if (heldBytes + bytes.size() > maxHeldBytes && !loaders.containsKey(want)) {
      want.postponed(true);
    } else {
      heldBytes += bytes.size();
      want.bytes(bytes);
    }
  }

  /** A peer lacks a want, or keeps silent about it. */
  void lacks(Want want, SessionPeer member) {
    want.lacking().add(member);
    putBack(want);
  }

  /** The peer is asked no more in this session. */
  void drop(SessionPeer member, long now) {
    members.remove(member.source().id(), member);
    member.source().leave(member, now).forEach(this::putBack);
  }

  private void fill(long now) {
    for (SessionPeer member : List.copyOf(members.values())) {
      member.source().fill(now);
    }
  }

  /**
   * Asks the others for what a peer lacks or left behind, and wakes those who wait for what nobody
   * has.
   */
  void refill(long now) {
    fill(now);
    for (Want want : loaders.keySet()) {
      if (isHopeless(want)) {
        want.wake();
      }
    }
  }

  /** Has others bring what a reader waits for while it is asked of one that takes far longer. */
  void hurry(long now) {
    if (!loaders.isEmpty()) {
      outstanding.hurry(loaders.keySet(), members.values(), now);
    }
  }

  /** Whether the end is near for this peer: everything is asked for that it may have. */
  boolean hasNothingFor(SessionPeer member) {
    return unasked.hasNothingFor(member);
  }

  OutstandingWants outstanding() {
    return outstanding;
  }

  /** Whether there is nobody but one peer to ask. */
  boolean hasOnePeer() {
    return members.size() == 1;
  }

  /** Whether a peer is left that may have a want that another one passes over. */
  boolean hasOtherFor(Want want, SessionPeer passing) {
    return members.values().stream()
        .anyMatch(member -> !member.equals(passing) && !want.lacking().contains(member));
  }

  List<PeerSource> sources() {
    return members.values().stream().map(SessionPeer::source).toList();
  }

  private boolean join(PeerSource source, long now) {
    if (source.isGone()) {
      return false;
    }
    SessionPeer before = members.get(source.id());
    if (before != null && before.source().isGone()) {
      drop(before, now);
    }
    if (!closed && !members.containsKey(source.id())) {
      Share share = shares.computeIfAbsent(source.id(), Share::new);
      SessionPeer member = new SessionPeer(this, source, share);
      members.put(source.id(), member);
      source.join(member);
      source.fill(now);
    }
    return true;
  }

  private Want expect(Cid cid, long place) {
    Want want = wants.get(Want.key(cid));
    if (want == null) {
      want = new Want(this, cid);
      want.place(place);
      wants.put(Want.key(cid), want);
      if (BlockPrefix.canProve(cid)) {
        desk.index(want);
        putBack(want);
      }
    }
    want.expectOnceMore();
    return want;
  }

  /** Makes sure that a want that is being loaded now is asked for before all others. */
  private Want hasten(Cid cid) {
    Want want = wants.get(Want.key(cid));
    if (want == null) {
      want = expect(cid, --firstPlace);
    } else if (want.isPostponed()) {
      want.postponed(false);
      desk.index(want);
      putInFront(want);
    } else if (unasked.remove(want)) {
      putInFront(want);
    } else {
      readPlace = Math.max(readPlace, want.place());
    }
    long now = desk.now();
    if (unasked.contains(want)) {
      fill(now);
    }
    if (unasked.contains(want)) {
      askInSpiteOfWindows(want, now);
    }
    return want;
  }

  private void putInFront(Want want) {
    readPlace = Math.max(readPlace, want.place());
    want.place(--firstPlace);
    putBack(want);
  }

  private void askInSpiteOfWindows(Want want, long now) {
    SessionPeer best = null;
    for (SessionPeer member : members.values()) {
      if (!want.lacking().contains(member)
          && (best == null || member.source().quickest() < best.source().quickest())) {
        best = member;
      }
    }
    if (best != null) {
      unasked.remove(want);
      best.source().ask(want, best, now);
    }
  }

  private Bytes awaitBlock(Want want) throws IOException, AbsentException {
    while (want.bytes().isEmpty()) {
      requireOpen();
      if (isHopeless(want)) {
        throw new AbsentException("block " + want.cid() + " is not to be had from peers");
      }
      try {
        want.changed().await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while a block was awaited");
      }
    }
    return want.bytes().get();
  }

  private boolean isHopeless(Want want) {
    return !want.isOutstanding()
        && want.bytes().isEmpty()
        && !want.isPostponed()
        && (!unasked.contains(want)
            || members.values().stream().allMatch(member -> want.lacking().contains(member)));
  }

  private void putBack(Want want) {
    if (!want.isOutstanding() && want.bytes().isEmpty()) {
      unasked.put(want, members.values());
    }
  }

  private void abandon(Want want) {
    want.bytes().ifPresent(bytes -> heldBytes -= bytes.size());
    unasked.remove(want);
    desk.abandon(want);
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the session is closed");
    }
  }
}
