package spindrift.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.base.JsonObject;
import spindrift.blocks.BlockReader;
import spindrift.nix.PublicKey;
import spindrift.p2p.Multiaddr;
import spindrift.server.HttpServer;
import spindrift.server.HttpSettings;
import spindrift.server.NodeHandler;
import spindrift.substitute.Assembling;
import spindrift.substitute.HashedFiles;
import spindrift.substitute.History;
import spindrift.substitute.KeptHistory;
import spindrift.substitute.NodeSubstituter;
import spindrift.substitute.Spool;
import spindrift.substitute.Substituter;
import spindrift.substitute.Transfer;

/**
 * A running node: the data directory open, HTTP and the control socket listening. Whoever starts it
 * closes it.
 */
public final class Node implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Node.class.getName());

  private final NodeConfig config;
  private final DataDirectory data;
  private final HttpServer http;
  private final NodeHandler handler;
  private final ControlServer control;
  private final QuotaKeeper quota;
  private final KeptHistory history;
  private final Optional<PeerNetwork> network;
  private final OtherCaches others;
  private final NodeSubstituter substituter;
  private final NetworkWatch watch;
  private final Instant started = Instant.now();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final CountDownLatch stopped = new CountDownLatch(1);

  private Node(NodeConfig config, Opening opening) throws IOException, FaultException {
    this.config = config;
    this.data = opening.add(DataDirectory.open(config));
    this.quota = opening.add(new QuotaKeeper(data.housekeeping(), config.quota()));
    this.history = opening.add(KeptHistory.open(data.path().resolve(WhyOperations.FILE)));
    FetchOptions fetching = config.fetching();
    Spool spool = Spool.open(data.path().resolve("spool"), fetching.spoolBytes());
    this.network = startNetwork(opening);
    this.others =
        opening.add(OtherCaches.open(config.upstreams(), config.mirrors(), data.storeDir()));
    this.substituter =
        opening.add(
            NodeSubstituter.start(
                new NodeSubstituter.Parts(
                    data.cache(),
                    data.storeDir(),
                    data.catalog().remembered(),
                    data.catalog().keptDocuments(),
                    data.trust(),
                    network.map(PeerNetwork::substituter),
                    others.upstreams(),
                    fetching.lookups(),
                    new Assembling(
                        spool,
                        fetching.assemblies(),
                        others.gateways(),
                        switch (fetching.keeping()) {
                          case KEPT -> Optional.of(data.uploads());
                          case PASSED_ON -> Optional.empty();
                        }),
                    history)));
    network.ifPresent(on -> on.watch(substituter::transfers));
    this.watch = opening.add(NetworkWatch.start(substituter::networkChanged));
    Optional<String> token =
        config.uploads() == NodeConfig.Uploaders.ANYBODY
            ? Optional.empty()
            : Optional.of(data.token());
    this.handler =
        new NodeHandler(
            new NodeHandler.Services(
                substituter,
                data.cache(),
                data.uploads(),
                data.catalog().documents(),
                files(),
                gatewayBlocks(),
                data.storeDir(),
                token,
                quota::check));
    this.http = opening.add(listen(config, handler));
    this.control =
        opening.add(
            ControlServer.start(
                data.path(), new Operations(data, config.quota(), Optional.of(new Running()))));
  }

  private Optional<PeerNetwork> startNetwork(Opening opening) throws IOException, FaultException {
    return switch (config.peers().listening()) {
      case PeerSettings.Off _ -> Optional.empty();
      case PeerSettings.Anywhere _, PeerSettings.At _ ->
          Optional.of(opening.add(PeerNetwork.start(data, config)));
    };
  }

  /**
   * Starts a node; it serves when this returns.
   *
   * @throws ConfigException when it cannot be started as it is configured
   */
  public static Node start(NodeConfig config) throws IOException, FaultException {
    NixLibraries.offer();
    try (Opening opening = new Opening()) {
      Node node = new Node(config, opening);
      opening.succeeded();
      LOG.log(Level.INFO, "started {0}", node.readyLine());
      return node;
    }
  }

  /** Whoever is not on this machine is shown what peers may have. */
  private BlockReader gatewayBlocks() {
    return isLoopback(config.host())
        ? data.blocks()
        : new PublicBlockReader(data.blocks(), data.sharing());
  }

  private HashedFiles files() throws ConfigException {
    BlockReader shown = gatewayBlocks();
    HashedFiles here = HashedFiles.here(data.cache(), shown);
    return others.withMirrors(
        network.map(on -> here.withPeers(on.substituter(), shown)).orElse(here));
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static HttpServer listen(NodeConfig config, NodeHandler handler) throws ConfigException {
    HttpSettings loopback = HttpSettings.loopback(config.port());
    HttpSettings settings =
        new HttpSettings(
            config.host(),
            config.port(),
            loopback.maxConnections(),
            loopback.keepAlive(),
            loopback.headTime(),
            loopback.stallTime());
    try {
      return HttpServer.start(settings, handler);
    } catch (UncheckedIOException e) {
      throw new ConfigException(
          "listen",
          config.host() + ":" + config.port(),
          "cannot listen there (" + rootMessage(e) + "); choose another with --listen");
    }
  }

  private static String rootMessage(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  /** What {@code spindrift up} prints when the node serves. */
  public String readyLine() {
    return "ready http="
        + url()
        + " p2p="
        + p2pAddress()
        + " data="
        + data.path().toAbsolutePath()
        + " store="
        + storeName();
  }

  /** Where the binary cache is. */
  public String url() {
    String host = config.host().indexOf(':') < 0 ? config.host() : "[" + config.host() + "]";
    return "http://" + host + ":" + http.port();
  }

  private String storeName() {
    return data.store().map(store -> store.layout().realStoreDir().toString()).orElse("none");
  }

  /** What commands ask of a node while it runs. */
  private final class Running implements Operations.Running {
    private final MountService mounts =
        new MountService(data, substituter.pathSources(), quota::check);

    @Override
    public Optional<MountService> mounts() {
      return Optional.of(mounts);
    }

    @Override
    public JsonObject describe() {
      return JsonObject.of(
          "pid", ProcessHandle.current().pid(),
          "http", url(),
          "p2p", p2pAddress(),
          "peers", network.map(PeerNetwork::peerCount),
          "trustedKeys",
              RuleSettings.trustedKeys(config.trust()).stream().map(PublicKey::name).toList(),
          "uploads", config.uploads() == NodeConfig.Uploaders.ANYBODY ? "anybody" : "with token",
          "libraries", LibraryCheckup.inUse(),
          "upSeconds", Duration.between(started, Instant.now()).toSeconds(),
          "requests", handler.requests());
    }

    @Override
    public List<Transfer> transfers() {
      return substituter.transfers();
    }

    @Override
    public Optional<PeerNetwork> network() {
      return network;
    }

    @Override
    public History history() {
      return history;
    }

    @Override
    public Optional<Operations.LookUp> lookUp() {
      return Optional.of(substituter::lookUp);
    }

    @Override
    public Substituter substituter() {
      return substituter;
    }
  }

  /** The address, with its peer id, that peers reach this node at the best; or {@code none}. */
  public String p2pAddress() {
    return network
        .flatMap(on -> on.addresses().stream().findFirst())
        .map(Multiaddr::toString)
        .orElse(PeerSettings.NONE);
  }

  /** Waits until the node is closed. */
  public void awaitStop() throws InterruptedException {
    stopped.await();
  }

  @Override
  public void close() throws IOException {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    try (Opening parts = new Opening()) {
      parts.add(data);
      parts.add(quota);
      parts.add(history);
      network.ifPresent(parts::add);
      parts.add(others);
      parts.add(substituter);
      parts.add(watch);
      parts.add(http);
      parts.add(control);
    } finally {
      stopped.countDown();
    }
  }
}
