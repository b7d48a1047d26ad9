package spindrift.node;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import spindrift.base.FaultException;
import spindrift.catalog.CatalogRecord;
import spindrift.catalog.Indexer;
import spindrift.catalog.PublicRealisations;
import spindrift.exchange.Bitswap;
import spindrift.nix.StorePath;
import spindrift.p2p.Host;
import spindrift.store.LocalStore;
import spindrift.substitute.BackgroundIndexer;
import spindrift.substitute.LookupClient;
import spindrift.substitute.LookupServer;
import spindrift.substitute.PublicObjects;
import spindrift.substitute.RealisationServer;
import spindrift.substitute.StoreWatcher;

/**
 * What answers peers that look for store objects, and what prepares the answers: objects that Nix
 * has just registered are indexed before anybody asks. Whoever starts it closes it.
 */
final class PeerAnswers implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PeerAnswers.class.getName());

  private final DataDirectory data;
  private final Bitswap bitswap;
  private final BackgroundIndexer background;
  private final List<AutoCloseable> parts;

  private PeerAnswers(
      DataDirectory data, Host host, Bitswap bitswap, BooleanSupplier busy, Opening opening) {
    this.data = data;
    this.bitswap = bitswap;
    PublicObjects objects = new PublicObjects(data.catalog(), data.cache(), data.sharing());
    Optional<Indexer> indexer =
        data.store().map(store -> new Indexer(data.catalog(), data.blocks(), store));
    background =
        opening.add(
            BackgroundIndexer.start(
                new BackgroundIndexer.Parts(
                    indexer,
                    data.blocks(),
                    data.cache(),
                    data.sharing(),
                    objects,
                    bitswap::arrived),
                busy));
    host.handle(
        LookupClient.PROTOCOL,
        new LookupServer(data.storeDir(), objects, data.blocks(), background));
    host.handle(
        RealisationServer.PROTOCOL,
        new RealisationServer(
            new PublicRealisations(data.catalog(), data.cache(), data.sharing())));
    data.store().flatMap(store -> watch(store, data, background)).ifPresent(opening::add);
    parts = opening.succeeded();
  }

  /**
   * Starts to answer. Data and host outlive this.
   *
   * @param busy whether the node has better things to do than to prepare answers
   */
  static PeerAnswers start(DataDirectory data, Host host, Bitswap bitswap, BooleanSupplier busy)
      throws IOException {
    try (Opening opening = new Opening()) {
      return new PeerAnswers(data, host, bitswap, busy, opening);
    }
  }

  /**
   * Sends the blocks of objects that have just become public to peers that wait for them; objects
   * that are not indexed are indexed, and follow.
   */
  void shared(Collection<StorePath> paths) throws IOException, FaultException {
    for (StorePath path : paths) {
      Optional<CatalogRecord> record = data.catalog().find(path);
      if (record.isPresent()) {
        bitswap.arrived(record.get().views().blocks(data.blocks()));
      } else {
        background.offer(path);
      }
    }
  }

  private static Optional<StoreWatcher> watch(
      LocalStore store, DataDirectory data, BackgroundIndexer indexer) {
    try {
      return Optional.of(
          StoreWatcher.start(
              store,
              path -> {
                data.cache().forget(path.hashPart());
                indexer.offer(path);
              }));
    } catch (IOException e) {
      LOG.log(
          Level.WARNING, "cannot watch-store why={0}; new paths are shared later", e.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public void close() throws IOException {
    try (Opening closing = new Opening()) {
      parts.forEach(closing::add);
    }
  }
}
