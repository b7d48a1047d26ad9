package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import spindrift.base.AbsentException;
import spindrift.base.FaultException;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.p2p.PeerId;
import spindrift.substitute.LookupRequest.Key.HashPart;

/**
 * Finds peers for one NAR, and finds them again when they failed, until its patience ends. For one
 * thread.
 */
final class SourceFinder {
  /** How long a peer may take to answer beside what it needs to compute views. */
  private static final Duration ANSWER = Duration.ofSeconds(3);

  /** How often peers that are there may fail one after another. */
  private static final int MAX_ROUNDS = 3;

  private final Supply supply;
  private final NarInfo info;
  private final Set<Cid> failedViews = new HashSet<>();
  private final Set<PeerId> failedPeers = ConcurrentHashMap.newKeySet();
  private long progressNanos = System.nanoTime();
  private int rounds;

  /** A NAR view and the connected peers that have it. */
  record Source(Cid view, List<PeerId> peers) {}

  /** What is still to be read of a NAR. */
  enum Need {
    /** All of it. */
    WHOLE,
    /** What another source did not bring. */
    REST,
    /** Something that will not be hashed. */
    PART;

    /** Whether one of whom so much is known will do. */
    boolean allows(Verdicts.Trust trust) {
      return switch (trust) {
        case PROVED -> true;
        case UNTRIED -> this != PART;
        case DOUBTED, DISTRUSTED -> this == WHOLE;
        case FALSE -> false;
      };
    }
  }

  SourceFinder(Supply supply, NarInfo info) {
    this.supply = supply;
    this.info = info;
  }

  /** Bytes have come. */
  void succeeded() {
    progressNanos = System.nanoTime();
    rounds = 0;
    failedViews.clear();
    failedPeers.clear();
  }

  /** A source did not bring what was needed. */
  void failed(Source source) {
    failedViews.add(source.view());
    failedPeers.addAll(source.peers());
  }

  /** The best source that is known now and has not failed. */
  Optional<Source> best(Need need) {
    return best(need, Set.of());
  }

  /** As {@link #best(Need)}, but none of these views. */
  Optional<Source> best(Need need, Set<Cid> except) {
    Map<Cid, List<PeerId>> byView = new HashMap<>();
    for (KnownObject.Offer offer : offers()) {
      if (offer.views().isPresent() && supply.peers().isConnected(offer.peer())) {
        Cid view = offer.views().get().nar();
        byView.computeIfAbsent(view, none -> new ArrayList<>()).add(offer.peer());
      }
    }
    return byView.entrySet().stream()
        .map(entry -> new Source(entry.getKey(), List.copyOf(entry.getValue())))
        .filter(source -> !failedViews.contains(source.view()) && isUsable(source, need))
        .filter(source -> !except.contains(source.view()))
        .min(
            Comparator.comparing(this::trust)
                .thenComparingInt(source -> -source.peers().size())
                .thenComparing(Source::view));
  }

  Verdicts.Trust trust(Source source) {
    return supply.judge().verdicts().of(info.narHash(), source.view());
  }

  private boolean isUsable(Source source, Need need) {
    return need.allows(trust(source));
  }

  /** What peers said. */
  List<KnownObject.Offer> offers() {
    return supply.index().find(info.path().hashPart()).stream()
        .filter(known -> known.info().narHash().equals(info.narHash()))
        .flatMap(known -> known.offers().stream())
        .toList();
  }

  /**
   * The next source; asks peers and waits for them while there is none.
   *
   * @throws AbsentException when there will be none
   */
  Source next(Need need) throws InterruptedIOException, AbsentException {
    while (true) {
      Optional<Source> best = best(need);
      if (best.isPresent()) {
        return best.get();
      }
      long left = deadline() - System.nanoTime();
      Outcome outcome = ask(need, Duration.ofNanos(Math.max(left, 0)));
      failedViews.clear();
      rounds++;
      boolean tooLate = left <= 0 && best(need).isEmpty();
      if (tooLate || isHopeless(outcome, need)) {
        throw new AbsentException("no peer gives the NAR of " + info.path());
      }
      if (rounds > 1) {
        supply.attendance().awaitArrival(supply.settings().pause());
      }
    }
  }

  /** Asks those who had it once more, without waiting for any who are gone. */
  void askAgain(Need need) throws InterruptedIOException {
    if (!offers().isEmpty()) {
      ask(need, Duration.ZERO);
    }
    failedViews.clear();
  }

  /** The peers are there, and do not have it, or do not give it. */
  private boolean isHopeless(Outcome outcome, Need need) {
    boolean mayCompute = offers().stream().anyMatch(offer -> offer.views().isEmpty());
    return outcome == Outcome.ALL_REACHED
        && (rounds > MAX_ROUNDS || (best(need).isEmpty() && !mayCompute));
  }

  /** Peers that are gone are not waited for longer than if they were missed since they left. */
  private long deadline() {
    long patience = supply.settings().patience().toNanos();
    List<PeerId> peers = offers().stream().map(KnownObject.Offer::peer).toList();
    long since = progressNanos;
    if (peers.stream().noneMatch(supply.peers()::isConnected)) {
      long left = supply.attendance().lastDeparture(peers).orElse(progressNanos - patience);
      since = left - progressNanos < 0 ? left : progressNanos;
    }
    return since + patience;
  }

  private enum Outcome {
    ALL_REACHED,
    SOME_MISSED
  }

  /** Asks those that are connected and those that had it; returns early with a first source. */
  private Outcome ask(Need need, Duration patience) throws InterruptedIOException {
    Set<PeerId> missed = ConcurrentHashMap.newKeySet();
    offers().forEach(offer -> missed.add(offer.peer()));
    Set<PeerId> asked = new LinkedHashSet<>(missed);
    asked.addAll(supply.peers().answering());
    boolean anyViews = offers().stream().anyMatch(offer -> offer.views().isPresent());
    Duration views = anyViews ? Duration.ZERO : min(supply.settings().views(), patience);
    LookupRequest request =
        new LookupRequest(
            List.of(new HashPart(info.path().hashPart())), LookupRequest.Scope.OBJECTS, views);
    Semaphore answers = new Semaphore(0);
    for (PeerId peer : asked) {
      Thread.ofVirtual()
          .name("ask again")
          .start(
              () -> {
                if (ask(peer, request)) {
                  missed.remove(peer);
                }
                answers.release();
              });
    }
    long until = System.nanoTime() + views.plus(ANSWER).toNanos();
    try {
      for (int i = 0; i < asked.size() && best(need).isEmpty(); i++) {
        if (!answers.tryAcquire(until - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          break;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while peers were asked");
    }
    return missed.isEmpty() ? Outcome.ALL_REACHED : Outcome.SOME_MISSED;
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** Whether the peer answered. */
  private boolean ask(PeerId peer, LookupRequest request) {
    long asked = System.nanoTime();
    Duration timeout = request.viewsWithin().plus(ANSWER);
    try {
      supply.index().add(peer, supply.peers().ask(peer, request, timeout));
      return true;
    } catch (FaultException e) {
      return true; // it speaks another protocol, or not as it should
    } catch (IOException e) {
      boolean silent = System.nanoTime() - asked >= ANSWER.toNanos();
      if (silent && failedPeers.contains(peer)) {
        // The connection is dead, though nobody has noticed: the next try makes a new one.
        supply.peers().disconnect(peer);
      }
      return false;
    } catch (InterruptedException e) {
      return false;
    }
  }
}
