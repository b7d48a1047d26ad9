package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import spindrift.base.FaultException;
import spindrift.p2p.PeerId;

/**
 * Asks all connected peers for objects, and waits for the first acceptable answer. A peer is asked
 * one thing at a time, and what comes up meanwhile goes into its next request: a client that asks
 * for a closure path by path costs a few requests. Safe for use by several threads.
 */
final class PeerLookup implements Peers.Listener {
  private static final System.Logger LOG = System.getLogger(PeerLookup.class.getName());

  /** Ours: far more than a client asks at once; their closures have to fit one answer. */
  private static final int MAX_BATCH = 256;

  /** Ours: more than a client can ask for while absences last. */
  private static final int MAX_ABSENT = 1 << 16;

  private final Peers peers;
  private final PeerIndex index;
  private final Duration patience;
  private final long absentNanos;
  private final long quietNanos;
  private final LongSupplier clock;
  private final Map<LookupRequest.Key, Inquiry> open = new HashMap<>();
  private final Map<PeerId, Line> lines = new HashMap<>();
  private final Map<PeerId, Long> quietUntil = new HashMap<>();
  private final Bounded<LookupRequest.Key, Long> absentUntil = Bounded.ofSize(MAX_ABSENT);

  /** How many peers have come so far. */
  private long era;

  PeerLookup(Peers peers, PeerIndex index, FetchSettings settings, LongSupplier clock) {
    this.peers = peers;
    this.index = index;
    this.patience = settings.lookUp();
    this.absentNanos = settings.absence().toNanos();
    this.quietNanos = settings.quiet().toNanos();
    this.clock = clock;
  }

  /** Something asked of all peers. Its count is guarded by the lock of the look-up. */
  private static final class Inquiry {
    final LookupRequest.Key key;
    final long era;
    final CountDownLatch done = new CountDownLatch(1);
    int unanswered;

    Inquiry(LookupRequest.Key key, long era, int unanswered) {
      this.key = key;
      this.era = era;
      this.unanswered = unanswered;
    }

    LookupRequest.Scope scope() {
      return key instanceof LookupRequest.Key.HashPart
          ? LookupRequest.Scope.CLOSURES
          : LookupRequest.Scope.OBJECTS;
    }

    boolean isDone() {
      return done.getCount() == 0;
    }
  }

  /** What waits to be asked of one peer; there is a line while a request is under way. */
  private record Line(PeerId peer, Deque<Inquiry> waiting) {}

  /** The object, from memory or from peers; empty when none had it in time. */
  Optional<KnownObject> find(LookupRequest.Key key) throws InterruptedIOException {
    Optional<KnownObject> known = reachable(key);
    if (known.isPresent()) {
      return known;
    }
    Optional<Inquiry> inquiry = inquire(key);
    if (inquiry.isEmpty()) {
      return Optional.empty();
    }
    try {
      inquiry.get().done.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while peers were asked");
    }
    Optional<KnownObject> found = reachable(key);
    ended(inquiry.get(), found.isPresent());
    return found;
  }

  /** How many questions have no answer yet. */
  synchronized int open() {
    return open.size();
  }

  private Optional<KnownObject> reachable(LookupRequest.Key key) {
    return index
        .find(key)
        .filter(
            known -> known.offers().stream().anyMatch(offer -> peers.isConnected(offer.peer())));
  }

  private synchronized Optional<Inquiry> inquire(LookupRequest.Key key) {
    Inquiry under = open.get(key);
    if (under != null) {
      return Optional.of(under);
    }
    long now = clock.getAsLong();
    if (absentUntil.get(key).filter(until -> until - now > 0).isPresent()) {
      return Optional.empty();
    }
    List<PeerId> asked = peers.answering().stream().filter(peer -> !isQuiet(peer, now)).toList();
    if (asked.isEmpty()) {
      return Optional.empty();
    }
    Inquiry inquiry = new Inquiry(key, era, asked.size());
    open.put(key, inquiry);
    asked.forEach(peer -> queue(inquiry, peer));
    return Optional.of(inquiry);
  }

  private boolean isQuiet(PeerId peer, long now) {
    Long until = quietUntil.get(peer);
    if (until != null && until - now <= 0) {
      quietUntil.remove(peer);
    }
    return quietUntil.containsKey(peer);
  }

  private void queue(Inquiry inquiry, PeerId peer) {
    Line line = lines.get(peer);
    if (line != null) {
      line.waiting.add(inquiry);
      return;
    }
    Line begun = new Line(peer, new ArrayDeque<>());
    lines.put(peer, begun);
    Thread.ofVirtual().name("look-up").start(() -> work(begun, inquiry));
  }

  /** The first is asked even if another peer has answered meanwhile: more sources are better. */
  private void work(Line line, Inquiry first) {
    for (List<Inquiry> batch = List.of(first); !batch.isEmpty(); batch = next(line)) {
      boolean answered = ask(line.peer, batch);
      answered(line, batch, answered);
    }
  }

  /** What is to be asked next, of one scope; when there is nothing the line ends. */
  private synchronized List<Inquiry> next(Line line) {
    List<Inquiry> batch = new ArrayList<>();
    while (!line.waiting.isEmpty() && batch.size() < MAX_BATCH) {
      Inquiry inquiry = line.waiting.element();
      if (!inquiry.isDone()) {
        if (!batch.isEmpty() && batch.getFirst().scope() != inquiry.scope()) {
          break;
        }
        batch.add(inquiry);
      }
      line.waiting.remove();
    }
    if (batch.isEmpty()) {
      lines.remove(line.peer);
    }
    return batch;
  }

  private boolean ask(PeerId peer, List<Inquiry> batch) {
    List<LookupRequest.Key> keys = batch.stream().map(inquiry -> inquiry.key).toList();
    try {
      index.add(
          peer,
          peers.ask(
              peer, new LookupRequest(keys, batch.getFirst().scope(), Duration.ZERO), patience));
      return true;
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "no answer peer={0} why={1}", peer.brief(), e.getMessage());
      return false;
    } catch (InterruptedException e) {
      LOG.log(Level.ERROR, "a look-up was interrupted", e);
      return false;
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "a look-up failed", e);
      return false;
    }
  }

  /** Wakes those who wait for what is known now, and for what nobody has. */
  private void answered(Line line, List<Inquiry> batch, boolean answered) {
    List<Inquiry> waiting;
    synchronized (this) {
      batch.forEach(inquiry -> inquiry.unanswered--);
      if (!answered) {
        quietUntil.put(line.peer, clock.getAsLong() + quietNanos);
        line.waiting.forEach(inquiry -> inquiry.unanswered--);
        line.waiting.clear();
      }
      // A closure may have answered what others ask.
      waiting = List.copyOf(open.values());
    }
    for (Inquiry inquiry : waiting) {
      boolean found = reachable(inquiry.key).isPresent();
      synchronized (this) {
        if (found || inquiry.unanswered <= 0) {
          ended(inquiry, found);
        }
      }
    }
  }

  private synchronized void ended(Inquiry inquiry, boolean found) {
    if (open.remove(inquiry.key, inquiry) && !found && inquiry.era == era) {
      absentUntil.put(inquiry.key, clock.getAsLong() + absentNanos);
    }
    inquiry.done.countDown();
  }

  @Override
  public synchronized void connected(PeerId peer) {
    era++;
    absentUntil.clear();
    quietUntil.remove(peer);
  }

  @Override
  public void disconnected(PeerId peer) {
    // The request that is under way fails by itself.
  }
}
