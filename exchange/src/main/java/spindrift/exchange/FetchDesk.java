package spindrift.exchange;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import spindrift.base.Bytes;
import spindrift.ipld.Cid;
import spindrift.p2p.Misbehaviour;
import spindrift.p2p.PeerId;

/**
 * Where sessions that want blocks and peers that have them meet. One lock guards all sessions,
 * wants and sources; it is held for microseconds, never while something is hashed, read or sent.
 * Under it nothing else is locked but outboxes.
 */
final class FetchDesk implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(FetchDesk.class.getName());
  private static final long TICK_NANOS = Duration.ofMillis(25).toNanos();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition sessionsChanged = lock.newCondition();
  private final LongSupplier clock;
  private final long stallNanos;
  private final Function<PeerId, Optional<PeerSource>> sources;
  private final Map<Cid, List<Want>> index = new HashMap<>();
  private final Set<LiveSession> sessions = new HashSet<>();
  private boolean closed;

  /**
   * @param clock nanoseconds from any beginning
   * @param sources finds a peer that speaks Bitswap, as far as is known
   */
  FetchDesk(
      Duration stallTime, LongSupplier clock, Function<PeerId, Optional<PeerSource>> sources) {
    this.stallNanos = stallTime.toNanos();
    this.clock = clock;
    this.sources = sources;
  }

  LiveSession open() {
    LiveSession session = new LiveSession(this);
    run(
        now -> {
          if (closed) {
            throw new IllegalStateException("Bitswap is closed");
          }
          sessions.add(session);
          sessionsChanged.signalAll();
        });
    return session;
  }

  Optional<PeerSource> source(PeerId peer) {
    return sources.apply(peer);
  }

  /** A block has come, and this is its hash. */
  void arrived(PeerSource source, Cid key, Bytes bytes) {
    run(
        now -> {
          boolean asked = source.delivered(key, bytes.size(), now);
          List<Want> wanted = index.remove(key);
          if (wanted == null) {
            if (source.useless(key, now)) {
              abandon(source, now);
            }
          } else {
            hand(wanted, source, bytes, now);
          }
          if (asked) {
            source.fill(now);
          }
        });
  }

  private static void hand(List<Want> wanted, PeerSource source, Bytes bytes, long now) {
    Set<PeerSource> relieved = new HashSet<>();
    for (Want want : wanted) {
      for (Ask ask : want.asks()) {
        boolean isGiver = ask.source().equals(source);
        ask.source().release(ask, want, isGiver, now);
        if (!isGiver) {
          ask.source().outrun();
          relieved.add(ask.source());
        }
      }
      releaseLacking(want, source, now);
      want.session().came(want, source.id(), bytes);
    }
    relieved.forEach(other -> other.fill(now));
  }

  private static void releaseLacking(Want want, PeerSource giver, long now) {
    for (SessionPeer member : want.lacking()) {
      PeerSource source = member.source();
      source.releaseLacking(Want.key(want.cid()), source.equals(giver), now);
    }
    want.lacking().clear();
  }

  /** A block has come that is none that could be wanted. */
  void useless(PeerSource source) {
    run(
        now -> {
          if (source.useless(null, now)) {
            abandon(source, now);
          }
        });
  }

  /** A peer says that it lacks a block. */
  void lacks(PeerSource source, Cid cid) {
    run(
        now -> {
          source.answered(now);
          lacks(source, Want.key(cid), now);
        });
  }

  private static void lacks(PeerSource source, Cid key, long now) {
    source
        .lacks(key, now)
        .ifPresent(
            ask -> {
              for (Ask.Asker asker : ask.askers()) {
                Want want = asker.want();
                asker.via().share().settled(now);
                want.released(ask);
                want.session().lacks(want, asker.via());
                want.session().refill(now);
              }
              source.fill(now);
            });
  }

  /** A peer is gone, or cannot be sent anything. */
  void gone(PeerSource source) {
    run(
        now -> {
          source.end();
          abandon(source, now);
        });
  }

  boolean expectsBlocks(PeerSource source) {
    return call(source::expectsBlocks);
  }

  /** Asks a peer once more for all: what it was told, or what it sent, may be lost. */
  void askAgain(PeerSource source) {
    run(source::askAgain);
  }

  /** All that a peer is asked for now. */
  List<WantEntry> outstanding(PeerSource source) {
    return call(now -> source.outstanding());
  }

  /** Looks for peers that stall and for blocks that others would bring sooner. */
  void tick() {
    run(
        now -> {
          Set<PeerSource> present = new HashSet<>();
          sessions.forEach(session -> present.addAll(session.sources()));
          for (PeerSource source : present) {
            if (source.isStalled(now, source.isLastHope() ? 2 * stallNanos : stallNanos)) {
              source.penalise(Misbehaviour.STALL);
              abandon(source, now);
            } else {
              if (source.isQuiet(now, stallNanos / 2)) {
                source.askAgain(now);
              }
              source.overdue(now, stallNanos).forEach(key -> lacks(source, key, now));
              // Room may have come of what others gave up.
              source.fill(now);
              hedge(source, now);
            }
          }
          sessions.forEach(session -> session.hurry(now));
        });
  }

  /** But for what a reader waits for, only who has nothing else to ask for helps others. */
  private static void hedge(PeerSource source, long now) {
    if (!source.hasRoom()) {
      return;
    }
    for (SessionPeer member : source.members()) {
      if (member.session().hasNothingFor(member)) {
        member.session().outstanding().help(member, now);
      }
    }
  }

  private static void abandon(PeerSource source, long now) {
    for (SessionPeer member : source.members()) {
      member.session().drop(member, now);
      member.session().refill(now);
    }
  }

  /** Runs the clock until closed. */
  void keepTicking() {
    try {
      while (awaitTick()) {
        tickOrLog();
      }
    } catch (InterruptedException e) {
      LOG.log(Level.ERROR, "the clock of Bitswap was stopped", e);
    }
  }

  /** Without the clock nobody would ever be found to stall. */
  private void tickOrLog() {
    try {
      tick();
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "tick failed", e);
    }
  }

  private boolean awaitTick() throws InterruptedException {
    lock.lock();
    try {
      while (sessions.isEmpty() && !closed) {
        sessionsChanged.await();
      }
      long left = TICK_NANOS;
      while (left > 0 && !closed) {
        left = sessionsChanged.awaitNanos(left);
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** Ends all sessions. */
  @Override
  public void close() {
    run(
        now -> {
          closed = true;
          List.copyOf(sessions).forEach(LiveSession::close);
          sessionsChanged.signalAll();
        });
  }

  // What follows is for sessions.

  void lock() {
    lock.lock();
  }

  void unlock() {
    lock.unlock();
  }

  Condition newCondition() {
    return lock.newCondition();
  }

  long now() {
    return clock.getAsLong();
  }

  void run(LongConsumer action) {
    lock.lock();
    try {
      action.accept(now());
    } finally {
      lock.unlock();
    }
  }

  <T> T call(LongFunction<T> action) {
    lock.lock();
    try {
      return action.apply(now());
    } finally {
      lock.unlock();
    }
  }

  void index(Want want) {
    index.computeIfAbsent(Want.key(want.cid()), key -> new ArrayList<>(1)).add(want);
  }

  /** A session does not want a block any more. */
  void abandon(Want want) {
    Cid key = Want.key(want.cid());
    long now = now();
    for (Ask ask : want.asks()) {
      ask.source().release(ask, want, false, now);
    }
    List<Want> wanting = index.get(key);
    if (wanting != null && wanting.remove(want)) {
      want.lacking().stream()
          .map(SessionPeer::source)
          .filter(source -> wanting.stream().noneMatch(other -> other.isLackedBy(source)))
          .forEach(source -> source.releaseLacking(key, false, now));
      if (wanting.isEmpty()) {
        index.remove(key);
      }
    }
  }

  void forget(LiveSession session) {
    sessions.remove(session);
  }
}
