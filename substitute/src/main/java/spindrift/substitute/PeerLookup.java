package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import spindrift.base.FaultException;
import spindrift.p2p.PeerId;
import spindrift.substitute.LookupRequest.Scope;

/**
 * Asks all connected peers for objects, and waits for the first acceptable answer. A peer is asked
 * some things at a time, and what comes up meanwhile goes together into its next requests: a client
 * that asks for a closure path by path, or for many paths at once, costs a few requests. Safe for
 * use by several threads.
 */
final class PeerLookup implements Peers.Listener {
  private static final System.Logger LOG = System.getLogger(PeerLookup.class.getName());

  /** Ours: far more than a client asks at once; their closures have to fit one answer. */
  private static final int MAX_BATCH = 256;

  /** Ours: one on its way, one that has come up since, and some for what a client asks next. */
  static final int MAX_UNDER_WAY = 4;

  /**
   * Ours: while a request is under way, what a client asks for at once is collected for the next:
   * it takes a client a millisecond or two to send it, and a peer a few times that to answer.
   */
  private static final long COLLECT_NANOS = Duration.ofMillis(2).toNanos();

  /** Ours: more than a client can ask for while absences last. */
  private static final int MAX_ABSENT = 1 << 16;

  /** Ours: more peers than can be connected. */
  private static final int MAX_PEERS = 1024;

  /** Ours: a peer that is busy for a moment is back soon; each time after it is twice as long. */
  private static final long FIRST_QUIET = Duration.ofSeconds(1).toNanos();

  private static final long LONGEST_QUIET = Duration.ofMinutes(5).toNanos();

  /** Ours: a closure of thousands of paths is put together by a machine that does other work. */
  private static final Duration CLOSURE_TIME = Duration.ofSeconds(20);

  private final Peers peers;
  private final PeerIndex index;
  private final Duration patience;

  /** An answer that comes after the client has gone is worth having when it comes back. */
  private final Duration answerTime;

  private final long absentNanos;
  private final long firstQuietNanos;
  private final LongSupplier clock;
  private final Map<LookupRequest.Key, PeerInquiry> open = new HashMap<>();
  private final Map<PeerId, Line> lines = new HashMap<>();
  private final Set<PeerId> askedForClosure = new HashSet<>();
  private final Bounded<PeerId, Quiet> quiet = Bounded.ofSize(MAX_PEERS);
  private final Bounded<PeerId, Long> usual = Bounded.ofSize(MAX_PEERS);
  private final Bounded<PeerId, Long> heardAt = Bounded.ofSize(MAX_PEERS);
  private final Bounded<LookupRequest.Key, Long> absentUntil = Bounded.ofSize(MAX_ABSENT);

  /** How many peers have come so far. */
  private long era;

  private volatile Runnable back = () -> {};

  PeerLookup(Peers peers, PeerIndex index, FetchSettings settings, LongSupplier clock) {
    this.peers = peers;
    this.index = index;
    this.patience = settings.lookUp();
    this.answerTime = patience.multipliedBy(2);
    this.absentNanos = settings.absence().toNanos();
    this.firstQuietNanos = Math.min(FIRST_QUIET, settings.quiet().toNanos());
    this.clock = clock;
  }

  Peers peers() {
    return peers;
  }

  /**
   * Has somebody told when a peer answers that was left alone: what nobody had may be had from it.
   *
   * @param told must not block
   */
  void whenBack(Runnable told) {
    back = told;
  }

  /** What waits to be asked of one peer, there while requests are under way. */
  private static final class Line {
    final PeerId peer;
    final Deque<PeerInquiry> waiting = new ArrayDeque<>();
    int underWay;

    Line(PeerId peer) {
      this.peer = peer;
    }
  }

  /**
   * A peer that did not answer is left alone, each time for longer, and then asked to see.
   *
   * @param pause what {@code until} was reckoned with; longer only after one that has run out,
   *     however many requests were under way and fail together
   */
  private record Quiet(long until, long pause) {}

  /** The object, from memory or from peers; empty when none had it in time. */
  Optional<KnownObject> find(LookupRequest.Key key) throws InterruptedIOException {
    Optional<KnownObject> known = reachable(key);
    if (known.isPresent()) {
      return known;
    }
    Optional<PeerInquiry> inquiry = inquire(key, () -> reachable(key).isPresent());
    if (inquiry.isEmpty()) {
      return reachable(key);
    }
    try {
      inquiry.get().done().await(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while peers were asked");
    }
    Optional<KnownObject> found = reachable(key);
    ended(inquiry.get(), found.isEmpty() && inquiry.get().isAnswered());
    return found;
  }

  /**
   * Asks all peers, and does not wait; empty when there is none to be asked, or when they were
   * asked a moment ago and had nothing.
   *
   * @param enough whether no more has to be known
   * @param news is told of answers
   */
  Optional<PeerInquiry> ask(LookupRequest.Key key, BooleanSupplier enough, Runnable news) {
    Optional<PeerInquiry> inquiry = inquire(key, enough);
    inquiry.ifPresent(begun -> begun.join(enough, news));
    return inquiry;
  }

  /** Ends what {@link #ask} has begun. */
  void end(PeerInquiry inquiry) {
    ended(inquiry, false);
  }

  /** For how many nanoseconds a peer that has not answered is expected to do so, up to a limit. */
  synchronized long expected(PeerInquiry inquiry, long elapsed, long limit) {
    return inquiry.awaited().stream()
        .flatMap(peer -> usual.get(peer).stream())
        .mapToLong(nanos -> nanos + nanos / 4 - elapsed)
        .filter(left -> left > 0 && left <= limit)
        .max()
        .orElse(0);
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

  private synchronized Optional<PeerInquiry> inquire(
      LookupRequest.Key key, BooleanSupplier enough) {
    PeerInquiry under = open.get(key);
    if (under != null) {
      return Optional.of(under);
    }
    long now = clock.getAsLong();
    // It may have been answered since it was looked for.
    if (absentUntil.get(key).filter(until -> until - now > 0).isPresent()
        || enough.getAsBoolean()) {
      return Optional.empty();
    }
    List<PeerId> answering = peers.answering();
    List<PeerId> awaited = answering.stream().filter(peer -> quiet.get(peer).isEmpty()).toList();
    PeerInquiry inquiry = new PeerInquiry(key, era, now, awaited, enough);
    for (PeerId peer : answering) {
      if (awaited.contains(peer) || isToBeTried(peer, now)) {
        queue(inquiry, peer);
      }
    }
    if (awaited.isEmpty()) {
      return Optional.empty();
    }
    open.put(key, inquiry);
    return Optional.of(inquiry);
  }

  /** Nobody waits for one that was quiet. */
  private boolean isToBeTried(PeerId peer, long now) {
    Optional<Quiet> over = quiet.get(peer).filter(was -> was.until - now <= 0);
    over.ifPresent(was -> leaveAlone(peer, now, Math.min(2 * was.pause, LONGEST_QUIET)));
    return over.isPresent();
  }

  private void leaveAlone(PeerId peer, long now, long pause) {
    quiet.put(peer, new Quiet(now + pause, pause));
  }

  /** Peers that answer, but for those that are left alone because they lately did not. */
  synchronized List<PeerId> awaited() {
    return peers.answering().stream().filter(peer -> quiet.get(peer).isEmpty()).toList();
  }

  /** A peer has not answered, whatever it was asked. */
  synchronized void failed(PeerId peer) {
    leaveAlone(
        peer, clock.getAsLong(), quiet.get(peer).map(was -> was.pause).orElse(firstQuietNanos));
  }

  private void queue(PeerInquiry inquiry, PeerId peer) {
    Line line = lines.computeIfAbsent(peer, Line::new);
    line.waiting.add(inquiry);
    if (line.underWay < MAX_UNDER_WAY) {
      long delay = line.underWay * COLLECT_NANOS;
      line.underWay++;
      Thread.ofVirtual().name("look-up").start(() -> work(line, inquiry, delay));
    }
  }

  /**
   * What is asked is asked even if another peer has answered meanwhile: more sources are better.
   */
  private void work(Line line, PeerInquiry first, long delay) {
    try {
      if (delay > 0) {
        first.done().await(delay, TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      LOG.log(Level.ERROR, "a look-up was interrupted", e);
    }
    for (List<PeerInquiry> batch = next(line, first); !batch.isEmpty(); batch = next(line, first)) {
      String failure = ask(line, batch);
      answered(line, batch, failure);
    }
  }

  /** What is to be asked next; when there is nothing the worker ends. */
  private synchronized List<PeerInquiry> next(Line line, PeerInquiry first) {
    List<PeerInquiry> batch = new ArrayList<>();
    while (!line.waiting.isEmpty() && batch.size() < MAX_BATCH) {
      PeerInquiry inquiry = line.waiting.element();
      if (inquiry == first || !inquiry.isDone()) {
        batch.add(inquiry);
      }
      line.waiting.remove();
    }
    if (batch.isEmpty() && --line.underWay == 0) {
      lines.remove(line.peer, line);
    }
    return batch;
  }

  /** Why the peer did not answer; empty when it did. */
  private String ask(Line line, List<PeerInquiry> batch) {
    PeerId peer = line.peer;
    List<LookupRequest.Key> keys = batch.stream().map(PeerInquiry::key).toList();
    try {
      long begun = clock.getAsLong();
      LookupAnswer answer =
          peers.ask(peer, new LookupRequest(keys, Scope.OBJECTS, Duration.ZERO), answerTime);
      index.add(peer, answer);
      answeredIn(peer, clock.getAsLong() - begun);
      askClosures(peer, answer);
      return "";
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "no answer peer={0} why={1}", peer.brief(), e.getMessage());
      return String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      LOG.log(Level.ERROR, "a look-up was interrupted", e);
      return "interrupted";
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "a look-up failed", e);
      return "failed";
    }
  }

  /**
   * Asks for what the found objects refer to, as their client will: one closure at a time, and
   * nobody waits for it, since it can take a peer seconds to put together that of a large system.
   */
  private void askClosures(PeerId peer, LookupAnswer answer) {
    List<LookupRequest.Key> roots =
        answer.found().stream()
            .map(LookupAnswer.Found::narInfo)
            .filter(index::lacksReferences)
            .<LookupRequest.Key>map(info -> new LookupRequest.Key.HashPart(info.path().hashPart()))
            .toList();
    synchronized (this) {
      if (roots.isEmpty() || !askedForClosure.add(peer)) {
        return;
      }
    }
    Thread.ofVirtual().name("look-up closure").start(() -> askClosure(peer, roots));
  }

  private void askClosure(PeerId peer, List<LookupRequest.Key> roots) {
    try {
      LookupRequest request = new LookupRequest(roots, Scope.CLOSURES, Duration.ZERO);
      index.add(peer, peers.ask(peer, request, CLOSURE_TIME));
      wake();
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "no closure peer={0} why={1}", peer.brief(), e.getMessage());
    } catch (InterruptedException | RuntimeException e) {
      LOG.log(Level.ERROR, "a look-up failed", e);
    } finally {
      synchronized (this) {
        askedForClosure.remove(peer);
      }
    }
  }

  private void answeredIn(PeerId peer, long nanos) {
    boolean isBack;
    synchronized (this) {
      isBack = quiet.get(peer).isPresent();
      if (isBack) {
        forgetAbsences(peer);
      }
      long before = usual.get(peer).orElse(nanos);
      usual.put(peer, before + (nanos - before) / 8);
      heardAt.put(peer, clock.getAsLong());
    }
    if (isBack) {
      back.run();
    }
  }

  /** A peer has come, or come back, who may have what nobody had. */
  private synchronized void forgetAbsences(PeerId peer) {
    era++;
    absentUntil.clear();
    quiet.remove(peer);
  }

  private void answered(Line line, List<PeerInquiry> batch, String failure) {
    synchronized (this) {
      long now = clock.getAsLong();
      batch.forEach(inquiry -> inquiry.answered(line.peer, now, failure));
      if (!failure.isEmpty()) {
        if (line.equals(lines.get(line.peer))) {
          failed(line.peer);
        }
        line.waiting.forEach(inquiry -> inquiry.answered(line.peer, now, failure));
        line.waiting.clear();
      }
    }
    wake();
  }

  /** Wakes those who wait for what is known now, and for what nobody has. */
  private void wake() {
    List<PeerInquiry> waiting;
    synchronized (this) {
      waiting = List.copyOf(open.values());
    }
    for (PeerInquiry inquiry : waiting) {
      boolean enough = inquiry.isEnough();
      if (enough || inquiry.isComplete()) {
        ended(inquiry, !enough && inquiry.isAnswered());
      } else {
        inquiry.tell();
      }
    }
  }

  private void ended(PeerInquiry inquiry, boolean absent) {
    synchronized (this) {
      if (open.remove(inquiry.key(), inquiry) && absent && inquiry.era() == era) {
        absentUntil.put(inquiry.key(), clock.getAsLong() + absentNanos);
      }
      leaveSilentAlone(inquiry);
    }
    inquiry.end();
  }

  /** Who has said nothing at all in all the time is not waited for again, whatever is asked. */
  private void leaveSilentAlone(PeerInquiry inquiry) {
    if (clock.getAsLong() - inquiry.begun() < patience.toNanos()) {
      return;
    }
    for (PeerId peer : inquiry.awaited()) {
      if (heardAt.get(peer).filter(at -> at - inquiry.begun() >= 0).isEmpty()) {
        failed(peer);
      }
    }
  }

  @Override
  public synchronized void connected(PeerId peer) {
    forgetAbsences(peer);
    heardAt.put(peer, clock.getAsLong());
  }

  @Override
  public synchronized void disconnected(PeerId peer) {
    // The request that is under way fails by itself, which says nothing about the next connection.
    lines.remove(peer);
  }
}
