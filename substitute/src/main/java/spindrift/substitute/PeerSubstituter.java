package spindrift.substitute;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import spindrift.base.ByteSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.blocks.BlockReader;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.TrustPolicy;
import spindrift.dag.DagFile;
import spindrift.exchange.Bitswap;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;
import spindrift.nix.NixHash;
import spindrift.nix.StoreDir;
import spindrift.p2p.Host;

/** What is here, else what connected peers have. Whoever starts it closes it. */
public final class PeerSubstituter implements Substituter, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PeerSubstituter.class.getName());

  private final BinaryCache cache;
  private final Supply supply;
  private final PeerLookup lookup;
  private final NarAssemblies nars;
  private final PeerBlocks blocks;

  /**
   * What is here.
   *
   * @param trusted what is believed of that which peers say
   */
  public record Local(
      BinaryCache cache,
      BlockReader blocks,
      StoreDir storeDir,
      TrustPolicy trusted,
      Assembling assembling) {}

  PeerSubstituter(Local local, Peers peers, FetchSettings settings) {
    this(local, peers, settings, UpstreamOffers.none());
  }

  PeerSubstituter(Local local, Peers peers, FetchSettings settings, UpstreamOffers upstreams) {
    this.cache = local.cache();
    Suspicions suspicions = new Suspicions();
    PeerIndex index = new PeerIndex(peers, local.trusted(), settings, System::nanoTime);
    Attendance attendance = new Attendance();
    Invitations invitations = new Invitations(peers, index);
    this.supply =
        new Supply(
            peers,
            index,
            new Judge(peers, index, local.trusted(), suspicions),
            attendance,
            invitations,
            local.blocks(),
            new UnknownHealth(),
            new WindowBudget(WindowBudget.TOTAL_BYTES),
            new TransferLog(History.NONE),
            settings);
    this.lookup = new PeerLookup(peers, index, settings, System::nanoTime);
    this.nars =
        local.assembling().start(supply, new PeerInfos(index, lookup), upstreams, suspicions);
    this.blocks = new PeerBlocks(peers, settings.idle());
    List.of(attendance, lookup, invitations).forEach(peers::addListener);
  }

  /** Fetches by these from now on; they outlive this. */
  public static PeerSubstituter start(
      Local local, Host host, Bitswap bitswap, LookupClient lookup) {
    return new PeerSubstituter(local, new HostPeers(host, bitswap, lookup), FetchSettings.DEFAULTS);
  }

  Supply supply() {
    return supply;
  }

  PeerLookup lookup() {
    return lookup;
  }

  NarAssemblies nars() {
    return nars;
  }

  @Override
  public Optional<Bytes> narInfoText(String hashPart) throws IOException, FaultException {
    return hereOrThere(
        () -> cache.narInfoText(hashPart),
        () -> {
          Optional<KnownObject> found = lookup.find(new LookupRequest.Key.HashPart(hashPart));
          found.ifPresent(known -> nars.given(known.info()));
          return found.map(known -> cache.textOf(BinaryCache.withPlainFileOf(known.info())));
        });
  }

  @Override
  public Optional<ByteSource> nar(NixHash narHash, Optional<String> hashPart)
      throws IOException, FaultException {
    return hereOrThere(() -> cache.nar(narHash, hashPart), () -> nars.nar(narHash, hashPart));
  }

  /** Looks for something in one place. */
  @FunctionalInterface
  private interface Place<T> {
    Optional<T> find() throws IOException, FaultException;
  }

  /** What is damaged here may be whole elsewhere. */
  private static <T> Optional<T> hereOrThere(Place<T> here, Place<? extends T> there)
      throws IOException, FaultException {
    Optional<T> found;
    try {
      found = here.find();
    } catch (IOException | FaultException e) {
      Optional<? extends T> elsewhere = there.find();
      if (elsewhere.isEmpty()) {
        throw e;
      }
      LOG.log(Level.WARNING, "cannot read here, ask peers why=\"{0}\"", e.getMessage());
      return elsewhere.map(value -> value);
    }
    return found.isPresent() ? found : there.find().map(value -> value);
  }

  @Override
  public BlockSource blocks(BlockReader here) {
    LocalBlocks first = LocalBlocks.of(here);
    return cid -> {
      Optional<Bytes> block = first.read(cid);
      return block.isPresent() ? block.get() : blocks.load(cid);
    };
  }

  @Override
  public ByteSource file(Cid cid, BlockReader here) throws IOException, FaultException {
    Bytes root = cid.isIdentity() ? cid.digest() : blocks(here).load(cid);
    long size = DagFile.open(cid, any -> root).size();
    FileSpan whole = new FileSpan(cid, Optional.of(root), size, 0, size);
    return new PeerFile(whole, LocalBlocks.of(blocks.over(here)), blocks(here), supply);
  }

  /** Files by the hash of their contents. */
  FileSource files(BlockReader here) {
    return new PeerFiles(
        supply.peers(), supply.settings(), cid -> file(cid, here), System::nanoTime);
  }

  @Override
  public List<Transfer> transfers() {
    return supply.transfers().list();
  }

  /** Ends what is under way. */
  @Override
  public void close() {
    nars.close();
    blocks.close();
  }
}
