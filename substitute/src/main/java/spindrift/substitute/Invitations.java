package spindrift.substitute;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import spindrift.base.FaultException;
import spindrift.catalog.Views;
import spindrift.exchange.FetchSession;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.p2p.PeerId;

/**
 * Has peers take part in transfers that began without them: those that connect, and those that have
 * the object and had not computed the view yet, or a transfer would last for as long as the slowest
 * peer takes that was first to know. Safe for use by several threads.
 */
final class Invitations implements Peers.Listener {
  private static final System.Logger LOG = System.getLogger(Invitations.class.getName());
  private static final Duration ANSWER = Duration.ofSeconds(3);

  /** Ours: for peers to compute views; what is done by then joins, the rest is asked for again. */
  private static final Duration VIEWS = Duration.ofSeconds(2);

  /** Ours: what ends sooner needs nobody else's help, and a view costs a peer its time. */
  private static final long FIRST_PAUSE_NANOS = Duration.ofMillis(300).toNanos();

  /** Ours: before a peer is asked again that said at once that it has no view. */
  private static final long PAUSE_NANOS = Duration.ofSeconds(1).toNanos();

  /** Ours: how often a peer may fail to answer, one time after another. */
  private static final int MAX_FAILURES = 4;

  /** What a peer computes for another at a time. */
  private static final int MOST_AT_ONCE = AskingBudget.MAX_WANTED_PER_PEER;

  private final Peers peers;
  private final PeerIndex index;
  private final Set<Invitation> open = ConcurrentHashMap.newKeySet();

  /** What is to be asked of whom; each peer has a thread. Guarded by this. */
  private final Map<PeerId, Set<Invitation>> awaited = new HashMap<>();

  Invitations(Peers peers, PeerIndex index) {
    this.peers = peers;
    this.index = index;
  }

  /** A transfer that others may join, until this is closed. */
  final class Invitation implements AutoCloseable {
    private final NarInfo info;
    private final Cid view;
    private final FetchSession session;
    private volatile boolean closed;

    private Invitation(NarInfo info, Cid view, FetchSession session) {
      this.info = info;
      this.view = view;
      this.session = session;
    }

    private LookupRequest.Key key() {
      return new LookupRequest.Key.HashPart(info.path().hashPart());
    }

    /** Lets a peer take part if it has the view; whether it may have it later. */
    private boolean admit(PeerId peer) {
      Optional<KnownObject.Offer> offer =
          index.offers(info).stream().filter(one -> one.peer().equals(peer)).findFirst();
      Optional<Cid> its = offer.flatMap(KnownObject.Offer::views).map(Views::nar);
      if (its.filter(view::equals).isPresent()) {
        session.addPeer(peer);
      }
      return offer.isPresent() && its.isEmpty();
    }

    @Override
    public void close() {
      closed = true;
      open.remove(this);
      wake();
    }
  }

  /**
   * Lets peers that connect from now on take part, and those that were not asked yet, or had not
   * computed the view.
   *
   * @param asked who takes part already
   */
  Invitation invite(NarInfo info, Cid view, FetchSession session, Collection<PeerId> asked) {
    Invitation invitation = new Invitation(info, view, session);
    open.add(invitation);
    for (PeerId peer : peers.answering()) {
      if (!asked.contains(peer)) {
        ask(peer, List.of(invitation));
      }
    }
    return invitation;
  }

  @Override
  public void connected(PeerId peer) {
    ask(peer, List.copyOf(open));
  }

  @Override
  public void disconnected(PeerId peer) {
    // The sessions know.
  }

  /** Has a peer asked by a thread, with all that it is asked besides. */
  private synchronized void ask(PeerId peer, List<Invitation> invitations) {
    Set<Invitation> waiting = awaited.get(peer);
    if (waiting != null) {
      waiting.addAll(invitations);
    } else if (!invitations.isEmpty()) {
      awaited.put(peer, new LinkedHashSet<>(invitations));
      Thread.ofVirtual().name("invite").start(() -> askAll(peer));
    }
  }

  private void askAll(PeerId peer) {
    int failures = 0;
    List<Invitation> some = next(peer, List.of(), List.of(), false);
    try {
      pause(some, FIRST_PAUSE_NANOS);
      some = next(peer, List.of(), List.of(), false);
      while (!some.isEmpty()) {
        boolean answered = answers(peer, some);
        List<Invitation> done =
            answered ? some.stream().filter(one -> !one.admit(peer)).toList() : List.of();
        failures = answered ? 0 : failures + 1;
        if (done.isEmpty()) {
          pause(some, PAUSE_NANOS);
        }
        some = next(peer, some, done, failures >= MAX_FAILURES);
      }
    } catch (InterruptedException | RuntimeException e) {
      LOG.log(Level.ERROR, "an invitation failed", e);
      next(peer, List.of(), List.of(), true);
    }
  }

  /**
   * Those who wait still; none where the peer is given up.
   *
   * @param asked have had their turn
   * @param done wait no more
   */
  private synchronized List<Invitation> next(
      PeerId peer, List<Invitation> asked, List<Invitation> done, boolean givenUp) {
    List<Invitation> waiting =
        givenUp
            ? List.of()
            : awaited.getOrDefault(peer, Set.of()).stream()
                .filter(invitation -> !invitation.closed && !done.contains(invitation))
                .sorted(Comparator.comparing(asked::contains))
                .toList();
    if (waiting.isEmpty()) {
      awaited.remove(peer);
    } else {
      awaited.put(peer, new LinkedHashSet<>(waiting));
    }
    return waiting.stream().limit(MOST_AT_ONCE).toList();
  }

  private synchronized void pause(List<Invitation> waiting, long nanos)
      throws InterruptedException {
    long until = System.nanoTime() + nanos;
    for (long left = nanos;
        left > 0 && waiting.stream().anyMatch(invitation -> !invitation.closed);
        left = until - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  /** Whether nobody is asked. */
  synchronized boolean awaitsNothing() {
    return awaited.isEmpty();
  }

  private synchronized void wake() {
    notifyAll();
  }

  /** Whether the peer has answered. */
  private boolean answers(PeerId peer, List<Invitation> invitations) {
    List<LookupRequest.Key> keys = invitations.stream().map(Invitation::key).distinct().toList();
    try {
      LookupRequest request = new LookupRequest(keys, LookupRequest.Scope.OBJECTS, VIEWS);
      index.add(peer, peers.ask(peer, request, VIEWS.plus(ANSWER)));
      return true;
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "does not join peer={0} why={1}", peer.brief(), e.getMessage());
    } catch (InterruptedException e) {
      LOG.log(Level.ERROR, "an invitation was interrupted", e);
    }
    return false;
  }
}
