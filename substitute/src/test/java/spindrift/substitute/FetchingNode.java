package spindrift.substitute;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.blocks.MemoryBlockStore;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.Catalog;
import spindrift.catalog.TrustPolicy;
import spindrift.catalog.Uploads;
import spindrift.ipld.BlockSource;
import spindrift.nix.StoreDir;

/** A node that has nothing but some blocks, among peers. */
final class FetchingNode implements AutoCloseable {
  /** Clients get bytes as they come, so that tests see how. */
  static final AssemblySettings STREAMING =
      new AssemblySettings(
          AssemblySettings.DEFAULTS.stall(),
          AssemblySettings.DEFAULTS.tick(),
          AssemblySettings.DEFAULTS.linger(),
          64 << 10,
          AssemblySettings.PREFETCH_BYTES);

  /** Waits are short where a test has to sit them out. */
  static final FetchSettings QUICK =
      new FetchSettings(
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          Duration.ofMinutes(10),
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          Duration.ofMillis(20),
          Duration.ofSeconds(20));

  final FakePeers peers = new FakePeers();
  final MemoryBlockStore blocks = new MemoryBlockStore();
  final PeerSubstituter substituter;
  final Spool spool;
  private final Catalog catalog;

  FetchingNode(Path directory) throws IOException {
    this(directory, QUICK);
  }

  FetchingNode(Path directory, FetchSettings settings) throws IOException {
    this(directory, settings, STREAMING, UpstreamOffers.none());
  }

  FetchingNode(
      Path directory, FetchSettings settings, AssemblySettings assembling, UpstreamOffers upstreams)
      throws IOException {
    this(
        directory,
        settings,
        assembling,
        upstreams,
        Spool.open(directory.resolve("spool"), Spool.DEFAULT_FILE_BYTES),
        Optional.empty());
  }

  FetchingNode(
      Path directory,
      FetchSettings settings,
      AssemblySettings assembling,
      UpstreamOffers upstreams,
      Spool spool,
      Optional<Uploads> keep)
      throws IOException {
    this(
        directory,
        settings,
        SignedNar.TRUSTED,
        upstreams,
        new Assembling(spool, assembling, List.of(), keep));
  }

  static FetchingNode withGateways(Path directory, List<BlockSource> gateways) throws IOException {
    Spool spool = Spool.open(directory.resolve("spool"), 0);
    return new FetchingNode(
        directory,
        QUICK,
        SignedNar.TRUSTED,
        UpstreamOffers.none(),
        new Assembling(spool, STREAMING, gateways, Optional.empty()));
  }

  FetchingNode(Path directory, FetchSettings settings, TrustPolicy trusted) throws IOException {
    this(
        directory,
        settings,
        trusted,
        UpstreamOffers.none(),
        Assembling.usual(Spool.open(directory.resolve("spool"), Spool.DEFAULT_FILE_BYTES)));
  }

  private FetchingNode(
      Path directory,
      FetchSettings settings,
      TrustPolicy trusted,
      UpstreamOffers upstreams,
      Assembling assembling)
      throws IOException {
    spool = assembling.spool();
    catalog = Catalog.open(directory, StoreDir.DEFAULT);
    substituter =
        new PeerSubstituter(
            new PeerSubstituter.Local(
                new BinaryCache(catalog, blocks, Optional.empty(), Optional.empty()),
                blocks,
                StoreDir.DEFAULT,
                trusted,
                assembling),
            peers,
            settings,
            upstreams);
  }

  Optional<String> narInfo(SignedNar object) throws IOException, FaultException {
    return substituter.narInfoText(object.hashPart()).map(Bytes::display);
  }

  Optional<ByteSource> nar(SignedNar object) throws IOException, FaultException {
    return substituter.nar(object.info().narHash(), Optional.of(object.hashPart()));
  }

  /** Asks peers for an object, and waits until so many have said that they have it. */
  void learn(SignedNar object, int offers) throws IOException, FaultException {
    substituter.narInfoText(object.hashPart());
    Awaiting.until(
        () ->
            substituter.supply().index().find(object.hashPart()).stream()
                .anyMatch(known -> known.offers().size() == offers));
  }

  /** The whole NAR. */
  Bytes fetch(SignedNar object) throws IOException, FaultException {
    return fetch(object, 0, object.nar().size());
  }

  Bytes fetch(SignedNar object, long from, long to) throws IOException, FaultException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    nar(object).orElseThrow().writeTo(ByteTarget.of(out), from, to);
    return Bytes.owning(out.toByteArray());
  }

  @Override
  public void close() throws IOException {
    substituter.close();
    catalog.close();
  }
}
