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
  private final TrustPolicy trust;
  private final Suspicions suspicions;
  private final SourceHealth health;
  private final Verdicts verdicts = new Verdicts();

  Judge(
      Peers peers, PeerIndex index, TrustPolicy trust, Suspicions suspicions, SourceHealth health) {
    this.health = health;
    this.peers = peers;
    this.index = index;
    this.trust = trust;
    this.suspicions = suspicions;
  }

  Verdicts verdicts() {
    return verdicts;
  }

  /** What a NAR has to pass on its way to a target. */
  NarProof proof(NarInfo info, ByteTarget target) {
    return new NarProof(info, trust.check(info), target, 0, info.narSize());
  }

  /**
   * Judges a NAR that has passed, and sends its last byte if it was right.
   *
   * @param origins of its bytes
   * @param localBytes of it that were here
   * @param infos are told if its narinfo was false
   * @throws IntegrityException when it was another NAR
   */
  void judge(
      NarInfo info, NarProof proof, Set<Origin> origins, long localBytes, AcceptedInfos infos)
      throws IOException, IntegrityException {
    try {
      proof.requireHash();
    } catch (IntegrityException e) {
      blame(info, origins, localBytes);
      throw e;
    }
    try {
      proof.requireContents();
    } catch (IntegrityException e) {
      if (!proof.isAmbiguous()) {
        liars(info, Optional.empty()).forEach(liar -> penalise(liar, info, "false narinfo"));
      }
      infos.refute(info);
      origins.forEach(origin -> refuteUpstream(info, origin));
      throw e;
    }
    if (origins.size() == 1 && origins.iterator().next() instanceof Origin.View(Cid view)) {
      verdicts.prove(info.narHash(), view);
    }
    proof.release();
  }

  /** With several origins, or with bytes from here, nobody can say who was wrong. */
  private void blame(NarInfo info, Set<Origin> origins, long localBytes) {
    boolean isClear = origins.size() == 1 && localBytes == 0;
    for (Origin origin : origins) {
      switch (origin) {
        case Origin.View(Cid view) when isClear -> refute(info, view, List.of());
        case Origin.View(Cid view) -> verdicts.doubt(info.narHash(), view);
        case Origin.Cache _ when isClear -> refuteUpstream(info, origin);
        case Origin.Cache(String name) -> suspicions.doubt(info.narHash(), name);
        case Origin.Left _ -> LOG.log(Level.WARNING, "refuse path={0} what was left", info.path());
      }
    }
  }

  /** Notes that one who was used alone did not bring it all: it gets no better chance. */
  void doubt(NarInfo info, Origin origin) {
    switch (origin) {
      case Origin.View(Cid view) -> verdicts.doubt(info.narHash(), view);
      case Origin.Cache(String name) -> suspicions.refute(info.narHash(), name);
      case Origin.Left _ -> {} // it is there once
    }
  }

  private void refuteUpstream(NarInfo info, Origin origin) {
    if (origin instanceof Origin.Cache(String name)) {
      LOG.log(Level.WARNING, "refuse path={0} upstream={1} why=\"wrong NAR\"", info.path(), name);
      suspicions.refute(info.narHash(), name);
      health.lied(name);
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
