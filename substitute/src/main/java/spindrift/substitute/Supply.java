package spindrift.substitute;

import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import spindrift.blocks.BlockReader;
import spindrift.catalog.Views;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.p2p.Misbehaviour;
import spindrift.p2p.PeerId;

/** What every transfer needs. */
record Supply(
    Peers peers,
    PeerIndex index,
    Verdicts verdicts,
    Attendance attendance,
    Invitations invitations,
    BlockReader blocks,
    WindowBudget windows,
    TransferLog transfers,
    FetchSettings settings) {
  private static final System.Logger LOG = System.getLogger(Supply.class.getName());

  /** Notes that a view is not one of an object, against all who said that it is. */
  void refute(NarInfo info, Cid view, Collection<PeerId> used) {
    Set<PeerId> liars = new HashSet<>(used);
    index.find(info.path().hashPart()).stream()
        .flatMap(known -> known.offers().stream())
        .filter(offer -> offer.views().map(Views::nar).filter(view::equals).isPresent())
        .forEach(offer -> liars.add(offer.peer()));
    verdicts.refute(info.narHash(), view);
    for (PeerId liar : liars) {
      LOG.log(
          Level.WARNING,
          "refuse view path={0} cid={1} peer={2} reason=false",
          info.path(),
          view,
          liar.brief());
      peers.penalise(liar, Misbehaviour.LIE);
    }
  }
}
