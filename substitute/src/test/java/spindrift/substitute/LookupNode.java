package spindrift.substitute;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.blocks.DiskBlockStore;
import spindrift.blocks.DiskOptions;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.Catalog;
import spindrift.catalog.Indexer;
import spindrift.catalog.PublicRealisations;
import spindrift.catalog.Sharing;
import spindrift.exchange.Bitswap;
import spindrift.exchange.BitswapSettings;
import spindrift.ipld.Cid;
import spindrift.nix.PathInfo;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.p2p.Host;
import spindrift.p2p.HostSettings;
import spindrift.p2p.Identity;
import spindrift.p2p.Multiaddr;
import spindrift.p2p.PeerId;

/** What a node has to share its store: all but HTTP, on loopback. */
final class LookupNode implements AutoCloseable {
  static final SecretKey KEY = SecretKey.generate("public-1");
  static final Duration LONG = Duration.ofSeconds(60);

  final FolderStore store;
  final Catalog catalog;
  final DiskBlockStore blocks;
  final Sharing sharing;
  final PublicObjects objects;
  final Indexer indexer;
  final BackgroundIndexer background;
  final Collection<Cid> arrived = new CopyOnWriteArrayList<>();
  final Host host;
  final Bitswap bitswap;
  final LookupClient client;

  LookupNode(Path folder) throws Exception {
    this(folder, () -> false);
  }

  /**
   * @param busy whether background work is to rest
   */
  LookupNode(Path folder, BooleanSupplier busy) throws Exception {
    Files.createDirectories(folder);
    store = new FolderStore(folder);
    catalog = Catalog.open(folder, StoreDir.DEFAULT);
    blocks = DiskBlockStore.open(folder.resolve("blocks"), DiskOptions.DEFAULTS);
    BinaryCache cache = new BinaryCache(catalog, blocks, Optional.of(store), Optional.empty());
    sharing = new Sharing(catalog, blocks, List.of(KEY.publicKey()));
    objects = new PublicObjects(catalog, cache, sharing);
    indexer = new Indexer(catalog, blocks, store);
    background =
        BackgroundIndexer.startResting(
            new BackgroundIndexer.Parts(
                Optional.of(indexer), blocks, cache, sharing, objects, arrived::addAll),
            busy);
    host =
        Host.start(
            Identity.generate(),
            HostSettings.defaults(List.of(Multiaddr.parse("/ip4/127.0.0.1/tcp/0")), "test/1"));
    bitswap = Bitswap.start(host, new PublicBlocks(blocks, sharing), BitswapSettings.DEFAULTS);
    host.handle(
        LookupClient.PROTOCOL, new LookupServer(StoreDir.DEFAULT, objects, blocks, background));
    host.handle(
        RealisationServer.PROTOCOL,
        new RealisationServer(new PublicRealisations(catalog, cache, sharing)));
    client = new LookupClient(host, StoreDir.DEFAULT);
  }

  /** A store path that differs from those of other letters. */
  static StorePath path(char letter) {
    return new StorePath(String.valueOf(letter).repeat(StorePath.HASH_PART_LENGTH), "object");
  }

  /** Adds an object that peers may have. */
  PathInfo addPublic(StorePath path, Bytes content, StorePath... references)
      throws IOException, FaultException {
    return store.add(path, content, List.of(KEY), references);
  }

  /** Adds an object that nobody signed. */
  PathInfo addPrivate(StorePath path, Bytes content, StorePath... references)
      throws IOException, FaultException {
    return store.add(path, content, List.of(), references);
  }

  PeerId peerId() {
    return host.peerId();
  }

  void connect(LookupNode other) throws Exception {
    host.connect(other.host.addresses().getFirst().withPeer(other.peerId()), LONG);
  }

  LookupAnswer ask(LookupNode other, LookupRequest request) throws Exception {
    return client.ask(other.peerId(), request, LONG);
  }

  /** Waits for a condition. */
  static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + LONG.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("it has not come true in time");
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Override
  public void close() throws IOException {
    bitswap.close();
    host.close();
    background.close();
    blocks.close();
    catalog.close();
  }
}
