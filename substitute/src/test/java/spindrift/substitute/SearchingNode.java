package spindrift.substitute;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.blocks.MemoryBlockStore;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.Catalog;
import spindrift.catalog.TrustPolicy;
import spindrift.nix.StoreDir;
import spindrift.store.LocalStore;

/** A node that has nothing, with peers and upstreams. */
final class SearchingNode implements AutoCloseable {
  /** No test sits a deadline out by mistake, and none fails on a slow machine. */
  static final LookupSettings PATIENT =
      new LookupSettings(
          Duration.ofSeconds(20),
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          Duration.ofMinutes(10),
          Duration.ofMinutes(10),
          LookupSettings.LookAhead.OFF);

  final FakePeers peers = new FakePeers();
  final List<LookupReport> reports = new CopyOnWriteArrayList<>();
  final Catalog catalog;
  final NodeSubstituter substituter;
  private final PeerSubstituter peerSubstituter;

  SearchingNode(Path directory, LookupSettings settings, FakeUpstream... upstreams)
      throws IOException {
    this(directory, settings, SignedNar.TRUSTED, upstreams);
  }

  SearchingNode(
      Path directory, LookupSettings settings, TrustPolicy policy, FakeUpstream... upstreams)
      throws IOException {
    this(directory, settings, policy, Optional.empty(), upstreams);
  }

  SearchingNode(
      Path directory,
      LookupSettings settings,
      TrustPolicy policy,
      Optional<LocalStore> store,
      FakeUpstream... upstreams)
      throws IOException {
    catalog = Catalog.open(directory, StoreDir.DEFAULT);
    MemoryBlockStore blocks = new MemoryBlockStore();
    BinaryCache cache = new BinaryCache(catalog, blocks, store, Optional.empty());
    Assembling assembling = Assembling.usual(Spool.open(directory.resolve("spool"), 0));
    peerSubstituter =
        new PeerSubstituter(
            new PeerSubstituter.Local(blocks, StoreDir.DEFAULT, policy), peers, FetchingNode.QUICK);
    substituter =
        NodeSubstituter.start(
            new NodeSubstituter.Parts(
                cache,
                StoreDir.DEFAULT,
                catalog.remembered(),
                catalog.keptDocuments(),
                policy,
                Optional.of(peerSubstituter),
                List.of(upstreams),
                settings,
                assembling,
                new Reports()));
  }

  private final class Reports implements History {
    @Override
    public void lookedUp(LookupReport report) {
      reports.add(report);
    }

    @Override
    public void transferred(Transfer transfer) {}
  }

  Optional<String> narInfo(SignedNar object) throws IOException, FaultException {
    return substituter.narInfoText(object.hashPart()).map(Bytes::display);
  }

  /** How a source answered in the last look-up. */
  LookupReport.Kind kind(String source) {
    return reports.getLast().answers().stream()
        .filter(answer -> answer.source().equals(source))
        .findFirst()
        .orElseThrow()
        .kind();
  }

  @Override
  public void close() throws IOException {
    substituter.close();
    peerSubstituter.close();
    catalog.close();
  }
}
