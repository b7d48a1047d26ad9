package spindrift.substitute;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import spindrift.base.ByteTarget;
import spindrift.base.IntegrityException;
import spindrift.catalog.TrustPolicy;
import spindrift.catalog.Views;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.p2p.Misbehaviour;
import spindrift.p2p.PeerId;

/** Finds out who told the truth. Safe for use by several threads. */
final class Judge {
  private static final System.Logger LOG = System.getLogger(Judge.class.getName());

  private final Peers peers;
  private final PeerIndex index;
  private final TrustPolicy trusted;
  private final Verdicts verdicts = new Verdicts();

  Judge(Peers peers, PeerIndex index, TrustPolicy trusted) {
    this.peers = peers;
    this.index = index;
    this.trusted = trusted;
  }

  Verdicts verdicts() {
    return verdicts;
  }

  /** What a NAR has to pass on its way to a target, which gets a range of it. */
  NarProof proof(NarInfo info, ByteTarget target, long from, long to) {
    return new NarProof(info, trusted.check(info), target, from, to);
  }

  /**
   * Judges a NAR that has passed, and sends its last byte if it was right.
   *
   * @param views that it was read by
   * @param localBytes of it that did not come from peers
   * @throws IntegrityException when it was another NAR
   */
  void judge(NarInfo info, NarProof proof, Set<Cid> views, long localBytes)
      throws IOException, IntegrityException {
    try {
      proof.requireHash();
    } catch (IntegrityException e) {
      blame(info, views, localBytes);
      throw e;
    }
    try {
      proof.requireContents();
    } catch (IntegrityException e) {
      if (!proof.isAmbiguous()) {
        liars(info, Optional.empty()).forEach(liar -> penalise(liar, info, "false narinfo"));
      }
      index.refute(info);
      throw e;
    }
    if (views.size() == 1) {
      verdicts.prove(info.narHash(), views.iterator().next());
    }
    proof.release();
  }

  /** With several views, or with bytes from here, nobody can say who was wrong. */
  private void blame(NarInfo info, Set<Cid> views, long localBytes) {
    if (views.size() == 1 && localBytes == 0) {
      refute(info, views.iterator().next(), List.of());
    } else {
      views.forEach(view -> verdicts.doubt(info.narHash(), view));
    }
  }

  /** Notes that a view is not one of an object, against all who said that it is. */
  void refute(NarInfo info, Cid view, Collection<PeerId> used) {
    Set<PeerId> liars = new HashSet<>(used);
    liars.addAll(liars(info, Optional.of(view)));
    verdicts.refute(info.narHash(), view);
    liars.forEach(liar -> penalise(liar, info, "false view " + view));
  }

  /** Those who offer an object, or a view of it. */
  private List<PeerId> liars(NarInfo info, Optional<Cid> view) {
    return index.find(info.path().hashPart()).stream()
        .filter(known -> known.info().narHash().equals(info.narHash()))
        .flatMap(known -> known.offers().stream())
        .filter(offer -> view.isEmpty() || offer.views().map(Views::nar).equals(view))
        .map(KnownObject.Offer::peer)
        .toList();
  }

  private void penalise(PeerId liar, NarInfo info, String what) {
    LOG.log(Level.WARNING, "refuse path={0} peer={1} why=\"{2}\"", info.path(), liar.brief(), what);
    peers.penalise(liar, Misbehaviour.LIE);
  }
}
