package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import spindrift.base.ByteSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.blocks.BlockReader;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.KeptDocuments;
import spindrift.catalog.RememberedInfos;
import spindrift.catalog.TrustPolicy;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.StoreDir;
import spindrift.upstream.Upstream;

/**
 * All sources of a node as one: what is here, else what connected peers and upstreams have, whoever
 * is first. Whoever starts it closes it.
 */
public final class NodeSubstituter implements Substituter, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(NodeSubstituter.class.getName());

  /** Ours: narinfos of here that need not be remembered again. */
  private static final int MAX_SERVED = 1 << 14;

  private final Parts parts;
  private final Substituter local;
  private final Lookups lookups;
  private final Supply supply;
  private final NarAssemblies nars;
  private final PathSources sources;
  private final Bounded<String, Boolean> served = Bounded.ofSize(MAX_SERVED);

  /**
   * What it is made of; all of it outlives it.
   *
   * @param policy judges what sources say
   * @param peers empty for a node without peers
   */
  public record Parts(
      BinaryCache cache,
      StoreDir storeDir,
      RememberedInfos remembered,
      KeptDocuments kept,
      TrustPolicy policy,
      Optional<PeerSubstituter> peers,
      List<Upstream> upstreams,
      LookupSettings settings,
      Assembling assembling,
      History history) {
    public Parts {
      upstreams = List.copyOf(upstreams);
    }
  }

  private NodeSubstituter(Parts parts) {
    this.parts = parts;
    this.local = Substituter.local(parts.cache());
    Optional<LookupSources.Neighbours> neighbours =
        parts
            .peers()
            .map(peers -> new LookupSources.Neighbours(peers.lookup(), peers.supply().index()));
    this.lookups =
        new Lookups(
            new Lookups.Parts(
                parts.cache(),
                parts.remembered(),
                parts.kept(),
                parts.policy(),
                neighbours,
                parts.upstreams(),
                parts.settings(),
                parts.history()));
    Suspicions suspicions = new Suspicions();
    this.supply =
        parts
            .peers()
            .map(PeerSubstituter::supply)
            .orElseGet(() -> Supply.alone(parts.storeDir()))
            .with(lookups.health(), parts.policy(), suspicions, parts.history());
    this.nars = parts.assembling().start(supply, lookups.finder(), lookups.offers(), suspicions);
    this.sources = new PathSources(lookups.finder(), supply, parts.assembling().gateways(), nars);
  }

  /** Finds by these from now on. */
  public static NodeSubstituter start(Parts parts) {
    NodeSubstituter started = new NodeSubstituter(parts);
    parts.peers().ifPresent(peers -> peers.supply().peers().addListener(started.lookups));
    started.lookups.start();
    return started;
  }

  Lookups lookups() {
    return lookups;
  }

  /** Those who have paths of which not all is wanted; good while this is open. */
  public PathSources pathSources() {
    return sources;
  }

  /** Forgets who failed and who had nothing: the network is another. Does not wait. */
  public void networkChanged() {
    lookups.networkChanged();
  }

  /** Asks all sources for a path, whatever is remembered of who has it and who has not. */
  public LookupReport lookUp(String hashPart) throws InterruptedIOException {
    return lookups.finder().ask(hashPart);
  }

  @Override
  public Optional<Bytes> narInfoText(String hashPart) throws IOException, FaultException {
    return narInfoText(hashPart, nars::given);
  }

  @Override
  public Optional<Bytes> narInfoTextAlone(String hashPart) throws IOException, FaultException {
    return narInfoText(hashPart, info -> {});
  }

  private Optional<Bytes> narInfoText(String hashPart, Consumer<NarInfo> given)
      throws IOException, FaultException {
    Optional<NarInfo> found = foundAhead(hashPart);
    if (found.isEmpty()) {
      Optional<Bytes> here = here(hashPart);
      if (here.isPresent()) {
        return here;
      }
      found = lookups.finder().find(hashPart);
    }
    found.ifPresent(lookups.lookAhead()::given);
    found.ifPresent(given);
    return found.map(info -> parts.cache().textOf(BinaryCache.withPlainFileOf(info)));
  }

  /** What was looked for just now, here and elsewhere, and is known by that. */
  private Optional<NarInfo> foundAhead(String hashPart) {
    return lookups.lookAhead().wasAbsentHere(hashPart)
        ? lookups.finder().known(hashPart)
        : Optional.empty();
  }

  /** What cannot be read here may be had elsewhere. */
  private Optional<Bytes> here(String hashPart) {
    try {
      Optional<Bytes> text = parts.cache().narInfoText(hashPart);
      if (text.isPresent() && isNew(hashPart)) {
        parts.remembered().put(NarInfo.parse(parts.storeDir(), text.get()));
      }
      return text;
    } catch (IOException | FaultException e) {
      LOG.log(
          Level.WARNING,
          "cannot read here, ask others hash-part={0} why=\"{1}\"",
          hashPart,
          e.getMessage());
      return Optional.empty();
    }
  }

  private boolean isNew(String hashPart) {
    synchronized (served) {
      boolean isNew = served.get(hashPart).isEmpty();
      served.put(hashPart, true);
      return isNew;
    }
  }

  @Override
  public Optional<ByteSource> nar(NixHash narHash, Optional<String> hashPart)
      throws IOException, FaultException {
    Optional<ByteSource> here = here(() -> parts.cache().nar(narHash, hashPart));
    return here.isPresent() ? here : nars.nar(narHash, hashPart);
  }

  @Override
  public Optional<ByteSource> uncheckedNar(NixHash narHash, String hashPart)
      throws IOException, FaultException {
    Optional<ByteSource> here = here(() -> parts.cache().uncheckedNar(narHash, hashPart));
    return here.isPresent() ? here : nars.uncheckedNar(narHash, hashPart);
  }

  /** Finds a NAR on this machine. */
  @FunctionalInterface
  private interface Here {
    Optional<ByteSource> find() throws IOException, FaultException;
  }

  private static Optional<ByteSource> here(Here here) {
    try {
      return here.find();
    } catch (IOException | FaultException e) {
      LOG.log(Level.WARNING, "cannot read here, ask others why=\"{0}\"", e.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public Optional<Bytes> document(String name, int maxBytes, DocumentForm form) throws IOException {
    return lookups.documents().find(name, maxBytes, form);
  }

  @Override
  public BlockSource blocks(BlockReader here) {
    return parts.peers().map(peers -> peers.blocks(here)).orElseGet(() -> local.blocks(here));
  }

  @Override
  public ByteSource file(Cid cid, BlockReader here) throws IOException, FaultException {
    return parts.peers().isPresent() ? parts.peers().get().file(cid, here) : local.file(cid, here);
  }

  @Override
  public List<String> distrusted() {
    return parts.upstreams().stream()
        .map(Upstream::name)
        .filter(lookups.health()::hasLied)
        .toList();
  }

  @Override
  public List<Transfer> transfers() {
    return supply.transfers().list();
  }

  /** Ends what is under way; peers and upstreams stay open. */
  @Override
  public void close() {
    sources.close();
    nars.close();
    lookups.close();
  }
}
