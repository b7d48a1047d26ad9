package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.AbsentException;
import spindrift.base.ByteSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.catalog.Views;
import spindrift.ipld.Block;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.p2p.PeerId;

/**
 * Those who have paths of which single blocks are wanted: peers that have a view of them, and
 * gateways. Safe for use by several threads.
 */
public final class PathSources implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PathSources.class.getName());

  /** Ours: what a few readers are ahead of. */
  private static final long MAX_HELD_BYTES = 32L << 20;

  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final NarInfoFinder finder;
  private final Supply supply;
  private final List<BlockSource> gateways;
  private final NarAssemblies nars;
  private final IdleSession session;

  PathSources(NarInfoFinder finder, Supply supply, List<BlockSource> gateways, NarAssemblies nars) {
    this.finder = finder;
    this.supply = supply;
    this.gateways = List.copyOf(gateways);
    this.nars = nars;
    this.session = new IdleSession(supply.peers(), MAX_HELD_BYTES, supply.settings().idle());
  }

  /**
   * A view of a path that somebody offers.
   *
   * @param tree the tree view, where it was told
   * @param isProved whether a NAR that it rendered was hashed here
   * @param offeredBy for people
   */
  public record Offered(Cid nar, Optional<Cid> tree, boolean isProved, String offeredBy) {}

  /** Is told of blocks that came. */
  @FunctionalInterface
  public interface Receiver {
    /** A block that is what its CID says; on the thread that fetches. */
    void came(Cid cid, Bytes block) throws IOException;

    /** Asked before each block; from the first no on, the rest is not fetched. */
    default boolean wantsMore() {
      return true;
    }
  }

  /** The narinfo of the path with this hash part, once it has passed the trust gate. */
  public Optional<NarInfo> find(String hashPart) throws IOException {
    return finder.find(hashPart);
  }

  /** The best view that peers offer; asks them for one where they have the object and no view. */
  public Optional<Offered> view(NarInfo info) throws IOException {
    SourceFinder sources = new SourceFinder(supply, info);
    if (sources.offers().isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(offered(info, sources.next(SourceFinder.Need.REST)));
    } catch (AbsentException e) {
      return Optional.empty();
    }
  }

  /** The best view that peers have offered already; asks nobody. */
  public Optional<Offered> knownView(NarInfo info) {
    return new SourceFinder(supply, info)
        .best(SourceFinder.Need.REST)
        .map(source -> offered(info, source));
  }

  private Offered offered(NarInfo info, SourceFinder.Source source) {
    Optional<Cid> tree =
        new SourceFinder(supply, info)
            .offers().stream()
                .flatMap(offer -> offer.views().stream())
                .filter(views -> views.nar().equals(source.view()))
                .map(Views::tree)
                .findFirst();
    boolean isProved =
        supply.judge().verdicts().of(info.narHash(), source.view()) == Verdicts.Trust.PROVED;
    List<PeerId> peers = source.peers();
    return new Offered(
        source.view(),
        tree,
        isProved,
        peers.size() == 1 ? "peer " + peers.getFirst() : peers.size() + " peers");
  }

  /** Notes that a view does not render the NAR that it was offered for, against who offers it. */
  public void refute(NarInfo info, Cid view) {
    supply.judge().refute(info, view, List.of());
  }

  /** The whole NAR of a path, from whoever has it. */
  public Optional<ByteSource> nar(NarInfo info) throws IOException, FaultException {
    return nars.nar(info.narHash(), Optional.of(info.path().hashPart()));
  }

  /**
   * Gets blocks of a path from peers, else from gateways.
   *
   * @param info of the path whose peers are asked; of nobody's, all are
   * @return those that did not come
   */
  public List<Cid> fetch(Optional<NarInfo> info, List<Cid> cids, Receiver receiver)
      throws IOException {
    List<Cid> missing = cids;
    List<PeerId> peers = peers(info);
    if (!peers.isEmpty()) {
      missing = fromPeers(peers, cids, receiver);
    }
    return missing.isEmpty() || gateways.isEmpty() ? missing : fromGateways(missing, receiver);
  }

  private List<PeerId> peers(Optional<NarInfo> info) {
    List<PeerId> offering =
        info.map(supply.index()::offers).orElse(List.of()).stream()
            .map(KnownObject.Offer::peer)
            .toList();
    return offering.isEmpty() ? supply.peers().connected() : offering;
  }

  private List<Cid> fromPeers(List<PeerId> peers, List<Cid> cids, Receiver receiver)
      throws IOException {
    List<Cid> missing = new ArrayList<>();
    try (IdleSession.Use use = session.use(peers)) {
      use.session().expect(cids);
      for (Cid cid : cids) {
        if (!receiver.wantsMore()) {
          missing.add(cid);
          continue;
        }
        try {
          receiver.came(cid, use.session().load(cid));
        } catch (AbsentException e) {
          missing.add(cid);
        } catch (InterruptedIOException e) {
          throw e;
        } catch (FaultException e) {
          LOG.log(Level.DEBUG, "not from peers block={0} why={1}", cid, e.getMessage());
          missing.add(cid);
        }
      }
    }
    return missing;
  }

  private List<Cid> fromGateways(List<Cid> cids, Receiver receiver) throws IOException {
    List<Cid> missing = new ArrayList<>();
    try (GatewaySession all = new GatewaySession(gateways, new SourceMeter("gateway"))) {
      all.expect(cids);
      for (Cid cid : cids) {
        if (!receiver.wantsMore()) {
          missing.add(cid);
          continue;
        }
        try {
          Bytes block = all.load(cid);
          if (block.size() > Block.MAX_BYTES) {
            missing.add(cid);
          } else {
            receiver.came(cid, block);
          }
        } catch (FaultException e) {
          LOG.log(Level.DEBUG, "not from gateways block={0} why={1}", cid, e.getMessage());
          missing.add(cid);
        }
      }
    }
    return missing;
  }

  /** Waits until a peer comes, for some seconds at the most. */
  public void awaitPeers() throws IOException {
    supply.attendance().awaitArrival(PAUSE);
  }

  /** Ends what is under way. */
  @Override
  public void close() {
    session.close();
  }
}
