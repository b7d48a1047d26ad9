package spindrift.exchange;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import spindrift.ipld.Cid;
import spindrift.p2p.Misbehaviour;
import spindrift.p2p.PeerId;

/**
 * A peer as one that blocks come from: what it was asked for, for whom, and how well it does.
 * Guarded by the desk's lock, but for {@link #progress}.
 */
final class PeerSource {
  /** Ours: what a peer must send of a block within the stall time. */
  private static final long LEAST_PROGRESS_BYTES = 32 << 10;

  /** Ours: wants left at a peer that said that it lacks the block; it may get it yet. */
  static final int MAX_LACKING = 256;

  /**
   * Ours: of late blocks some may be lost track of; past so many useless ones a peer is dropped.
   */
  private static final int MAX_NOISE = 3;

  private final PeerId id;
  private final WordOutbox outbox;
  private final AskWindow window = new AskWindow();
  private final Consumer<Misbehaviour> penalty;
  private final Map<Cid, Ask> asks = new LinkedHashMap<>();
  private final Map<Cid, Cid> lacking = new LinkedHashMap<>();
  private final Forgiven cancelled = new Forgiven();
  private final Forgiven delivered = new Forgiven();
  private final Deque<SessionPeer> members = new ArrayDeque<>();
  private final AtomicLong blockBytes = new AtomicLong();
  private long answers;
  private long waitedNanos;
  private long waitingSince;
  private long bytesAtProgress;
  private long quietSince;
  private long bytesAtQuiet;
  private int noise;
  private boolean gone;

  PeerSource(PeerId id, WordOutbox outbox, Consumer<Misbehaviour> penalty) {
    this.id = id;
    this.outbox = outbox;
    this.penalty = penalty;
  }

  PeerId id() {
    return id;
  }

  /** Says how many wants the peer keeps of us. */
  void keeps(int maxWants) {
    window.bound(maxWants);
  }

  /** Counts bytes of a block that is coming. For any thread, without the lock. */
  void progress(int bytes) {
    blockBytes.addAndGet(bytes);
  }

  void join(SessionPeer member) {
    members.add(member);
    noise = 0;
    waitedNanos = 0;
  }

  /** The peer is gone; when it comes back it is another source. */
  void end() {
    gone = true;
  }

  boolean isGone() {
    return gone;
  }

  Collection<SessionPeer> members() {
    return List.copyOf(members);
  }

  /** Whether a block from here may be of use, or was of use when it was asked for. */
  boolean expectsBlocks(long now) {
    return !asks.isEmpty() || !lacking.isEmpty() || cancelled.any(now) || delivered.any(now);
  }

  /** All that is outstanding here. */
  List<WantEntry> outstanding() {
    List<WantEntry> all = new ArrayList<>(asks.size() + lacking.size());
    asks.values().forEach(ask -> all.add(WantEntry.block(ask.cid(), ask.priority())));
    lacking.values().forEach(cid -> all.add(WantEntry.block(cid, 0)));
    return all;
  }

  /** Asks for what the sessions want next, as far as there is room. */
  void fill(long now) {
    int limit = window.limit();
    int room = limit - asks.size();
    // In small lots most of the time would go into messages.
    if (room < Math.max(1, limit / 8)) {
      return;
    }
    List<WantEntry> entries = new ArrayList<>();
    Deque<SessionPeer> turns = new ArrayDeque<>(members);
    while (asks.size() < limit && !turns.isEmpty()) {
      SessionPeer member = turns.remove();
      Optional<Want> next = member.session().next(member);
      if (next.isPresent()) {
        ask(next.get(), member, now, entries);
        turns.add(member);
      }
    }
    if (members.size() > 1) {
      members.add(members.remove());
    }
    outbox.want(entries);
  }

  /** Another peer was faster with what this was asked for. */
  void outrun() {
    window.outrun();
  }

  /** Whether it has time for what others are slow with. */
  boolean hasRoom() {
    return asks.size() < window.limit();
  }

  /** Asks for one block at once. */
  void ask(Want want, SessionPeer via, long now) {
    List<WantEntry> entries = new ArrayList<>(1);
    ask(want, via, now, entries);
    outbox.want(entries);
  }

  private void ask(Want want, SessionPeer via, long now, List<WantEntry> entries) {
    Cid key = Want.key(want.cid());
    Ask ask = asks.get(key);
    if (ask == null) {
      if (asks.isEmpty()) {
        waitingSince = now;
        quietSince = now;
      }
      ask = new Ask(this, want.cid(), now, window.delivered(), nextTurn());
      asks.put(key, ask);
      lacking.remove(key);
      entries.add(WantEntry.block(want.cid(), want.session().priority(want)));
    }
    ask.askers().add(new Ask.Asker(want, via));
    want.asked(ask);
    via.share().asked(now);
  }

  private long nextTurn() {
    return answers + asks.size() + 1;
  }

  /** Sends all wants once more. */
  void askAgain(long now) {
    quietSince = now;
    outbox.want(outstanding());
  }

  /** Whether nothing at all has come for some time though it was asked. */
  boolean isQuiet(long now, long nanos) {
    long bytes = blockBytes.get();
    if (asks.isEmpty() || bytes != bytesAtQuiet) {
      bytesAtQuiet = bytes;
      quietSince = now;
    }
    return now - quietSince > nanos;
  }

  /** Whether a session has no other peer. */
  boolean isLastHope() {
    return members.stream().anyMatch(member -> member.session().hasOnePeer());
  }

  /** A block has come from here; true where it had been asked for. */
  boolean delivered(Cid key, int size, long now) {
    Ask ask = asks.get(key);
    if (ask == null) {
      return lacking.containsKey(key);
    }
    answered(now);
    delivered.add(key, now);
    window.delivered(ask, size, now);
    return true;
  }

  /** The peer has answered something. */
  void answered(long now) {
    answers++;
    progressed(now);
  }

  /** Takes a want that the peer lacks; it stays at the peer for a while. */
  Optional<Ask> lacks(Cid key, long now) {
    Ask ask = asks.remove(key);
    if (ask != null) {
      lacking.put(key, ask.cid());
      if (lacking.size() > MAX_LACKING) {
        Map.Entry<Cid, Cid> eldest = lacking.entrySet().iterator().next();
        releaseLacking(eldest.getKey(), false, now);
      }
    }
    return Optional.ofNullable(ask);
  }

  /**
   * Wants that others have overtaken for long: peers may forget wants, or never say no. Where there
   * is nobody else to ask, it is asked once more first.
   */
  List<Cid> overdue(long now, long stallNanos) {
    List<Cid> keys = new ArrayList<>();
    List<WantEntry> again = new ArrayList<>();
    for (Map.Entry<Cid, Ask> entry : asks.entrySet()) {
      Ask ask = entry.getValue();
      if (now - ask.askedAt() <= stallNanos) {
        break;
      }
      if (answers >= ask.turn()) {
        if (ask.isLastHope() && ask.renew(nextTurn())) {
          again.add(WantEntry.block(ask.cid(), ask.priority()));
        } else {
          keys.add(entry.getKey());
        }
      }
    }
    keys.forEach(key -> cancelled.add(key, now));
    outbox.want(again);
    return keys;
  }

  /** Whether it has sent next to nothing for the stall time though it was asked. */
  boolean isStalled(long now, long stallNanos) {
    if (blockBytes.get() - bytesAtProgress >= LEAST_PROGRESS_BYTES) {
      progressed(now);
    }
    return !asks.isEmpty() && waitedNanos + now - waitingSince > stallNanos;
  }

  void penalise(Misbehaviour what) {
    penalty.accept(what);
  }

  /** Counts a block that nobody wanted; true where there were too many. */
  boolean useless(@Nullable Cid key, long now) {
    if (key != null && (cancelled.remove(key, now) || delivered.remove(key, now))) {
      return false;
    }
    penalise(Misbehaviour.NOISE);
    return ++noise >= MAX_NOISE;
  }

  /** Asks no more for one session's sake; the peer is told unless others ask for the same. */
  void release(Ask ask, Want want, boolean answered, long now) {
    ask.askers().removeIf(asker -> removes(asker, want, now));
    want.released(ask);
    if (ask.askers().isEmpty()) {
      Cid key = Want.key(ask.cid());
      asks.remove(key);
      if (asks.isEmpty()) {
        // Who is relieved by others has not answered.
        waitedNanos += now - waitingSince;
      }
      if (!answered) {
        cancel(key, ask.cid(), now);
      }
    }
  }

  private static boolean removes(Ask.Asker asker, Want want, long now) {
    if (!asker.want().equals(want)) {
      return false;
    }
    asker.via().share().settled(now);
    return true;
  }

  /** Forgets that the peer lacked a block that nobody wants any more. */
  void releaseLacking(Cid key, boolean answered, long now) {
    Cid cid = lacking.remove(key);
    if (cid != null && !answered) {
      cancel(key, cid, now);
    }
  }

  /** Ends the part in a session, and says what that session had asked for here. */
  List<Want> leave(SessionPeer member, long now) {
    members.remove(member);
    List<Want> returned = new ArrayList<>();
    for (Ask ask : List.copyOf(asks.values())) {
      for (Ask.Asker asker : List.copyOf(ask.askers())) {
        if (asker.via().equals(member)) {
          release(ask, asker.want(), false, now);
          returned.add(asker.want());
        }
      }
    }
    return returned;
  }

  /** How long until this delivers what it was asked for a while ago. */
  long remaining(long age) {
    return window.remaining(age);
  }

  /** How long this takes for something while it is idle. */
  long quickest() {
    return window.quickest();
  }

  private void cancel(Cid key, Cid cid, long now) {
    cancelled.add(key, now);
    if (!outbox.retract(cid)) {
      outbox.want(List.of(WantEntry.cancel(cid)));
    }
  }

  private void progressed(long now) {
    waitedNanos = 0;
    waitingSince = now;
    quietSince = now;
    bytesAtProgress = blockBytes.get();
  }
}
