package spindrift.substitute;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import spindrift.base.FaultException;
import spindrift.catalog.Views;
import spindrift.exchange.FetchSession;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.p2p.PeerId;

/** Has peers take part in transfers that began without them. Safe for use by several threads. */
final class Invitations implements Peers.Listener {
  private static final System.Logger LOG = System.getLogger(Invitations.class.getName());
  private static final Duration ANSWER = Duration.ofSeconds(3);

  private final Peers peers;
  private final PeerIndex index;
  private final Set<Invitation> open = ConcurrentHashMap.newKeySet();

  Invitations(Peers peers, PeerIndex index) {
    this.peers = peers;
    this.index = index;
  }

  /** A transfer that others may join, until this is closed. */
  final class Invitation implements AutoCloseable {
    private final NarInfo info;
    private final Cid view;
    private final FetchSession session;

    private Invitation(NarInfo info, Cid view, FetchSession session) {
      this.info = info;
      this.view = view;
      this.session = session;
    }

    private LookupRequest.Key key() {
      return new LookupRequest.Key.HashPart(info.path().hashPart());
    }

    private void admit(PeerId peer) {
      boolean hasIt =
          index.find(info.path().hashPart()).stream()
              .flatMap(known -> known.offers().stream())
              .filter(offer -> offer.peer().equals(peer))
              .anyMatch(offer -> offer.views().map(Views::nar).filter(view::equals).isPresent());
      if (hasIt) {
        session.addPeer(peer);
      }
    }

    @Override
    public void close() {
      open.remove(this);
    }
  }

  /** Lets peers that connect from now on take part, and those that were not asked yet. */
  Invitation invite(NarInfo info, Cid view, FetchSession session, Collection<PeerId> asked) {
    Invitation invitation = new Invitation(info, view, session);
    open.add(invitation);
    for (PeerId peer : peers.answering()) {
      if (!asked.contains(peer)) {
        begin(peer, List.of(invitation));
      }
    }
    return invitation;
  }

  @Override
  public void connected(PeerId peer) {
    List<Invitation> all = List.copyOf(open);
    if (!all.isEmpty()) {
      begin(peer, all);
    }
  }

  @Override
  public void disconnected(PeerId peer) {
    // The sessions know.
  }

  private void begin(PeerId peer, List<Invitation> invitations) {
    Thread.ofVirtual().name("invite").start(() -> ask(peer, invitations));
  }

  private void ask(PeerId peer, List<Invitation> invitations) {
    List<LookupRequest.Key> keys = invitations.stream().map(Invitation::key).distinct().toList();
    try {
      LookupRequest request = new LookupRequest(keys, LookupRequest.Scope.OBJECTS, Duration.ZERO);
      index.add(peer, peers.ask(peer, request, ANSWER));
      invitations.forEach(invitation -> invitation.admit(peer));
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "does not join peer={0} why={1}", peer.brief(), e.getMessage());
    } catch (InterruptedException e) {
      LOG.log(Level.ERROR, "an invitation was interrupted", e);
    }
  }
}
