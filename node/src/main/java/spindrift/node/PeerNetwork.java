package spindrift.node;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import spindrift.base.ConfigException;
import spindrift.exchange.Bitswap;
import spindrift.exchange.BitswapSettings;
import spindrift.p2p.Host;
import spindrift.p2p.HostSettings;
import spindrift.p2p.Identity;
import spindrift.p2p.Mdns;
import spindrift.p2p.Multiaddr;
import spindrift.substitute.LookupClient;
import spindrift.substitute.PeerSubstituter;
import spindrift.substitute.PublicBlocks;
import spindrift.substitute.Transfer;

/**
 * The side of a running node that other nodes see: a libp2p host, what it answers and asks, and
 * what keeps it connected. Whoever starts it closes it.
 */
final class PeerNetwork implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PeerNetwork.class.getName());

  static final int DEFAULT_PORT = 7746;

  private final Host host;
  private final PeerSubstituter substituter;
  private volatile Supplier<List<Transfer>> transfers = List::of;
  private final PeerAnswers answers;
  private final PeerOperations operations;

  /** What has to be closed, in the order in which it was opened. */
  private final List<AutoCloseable> parts;

  private PeerNetwork(DataDirectory data, NodeConfig config, Opening opening)
      throws IOException, ConfigException {
    PeerSettings settings = config.peers();
    host = opening.add(listen(data.identity(), settings));
    Bitswap bitswap =
        opening.add(
            Bitswap.start(
                host, new PublicBlocks(data.blocks(), data.sharing()), BitswapSettings.DEFAULTS));
    substituter = opening.add(substituter(data, bitswap));
    answers = opening.add(PeerAnswers.start(data, host, bitswap, this::isTransferring));
    PeerDialer dialer = opening.add(PeerDialer.start(host, settings.peers()));
    opening.add(NetworkWatch.start(dialer::networkChanged));
    if (settings.discovery() == PeerSettings.Discovery.MDNS) {
      opening.add(Mdns.start(host.peerId(), host::linkAddresses, dialer::found));
    }
    operations = new PeerOperations(host, bitswap);
    parts = opening.succeeded();
  }

  /**
   * Starts to listen, to connect, and to answer.
   *
   * @throws ConfigException when an address that was asked for cannot be listened on
   */
  static PeerNetwork start(DataDirectory data, NodeConfig config)
      throws IOException, ConfigException {
    try (Opening opening = new Opening()) {
      return new PeerNetwork(data, config, opening);
    }
  }

  private PeerSubstituter substituter(DataDirectory data, Bitswap bitswap) {
    return PeerSubstituter.start(
        new PeerSubstituter.Local(data.blocks(), data.storeDir(), data.trust()),
        host,
        bitswap,
        new LookupClient(host, data.storeDir()));
  }

  /** Says what the node fetches: work in the background waits meanwhile. */
  void watch(Supplier<List<Transfer>> running) {
    transfers = running;
  }

  private boolean isTransferring() {
    return transfers.get().stream()
        .anyMatch(transfer -> transfer.state() == Transfer.State.RUNNING);
  }

  private static Host listen(Identity identity, PeerSettings settings)
      throws IOException, ConfigException {
    return switch (settings.listening()) {
      case PeerSettings.At at -> host(identity, settings, at.addresses());
      case PeerSettings.Anywhere _ -> listenAnywhere(identity, settings);
      case PeerSettings.Off _ -> throw new IllegalArgumentException("peer-to-peer is off");
    };
  }

  /** The usual port on all interfaces; without IPv6, or on a free port, where it must be. */
  private static Host listenAnywhere(Identity identity, PeerSettings settings)
      throws IOException, ConfigException {
    for (int port : new int[] {DEFAULT_PORT, 0}) {
      for (List<Multiaddr> addresses : List.of(List.of(ip4(port), ip6(port)), List.of(ip4(port)))) {
        try {
          Host host = host(identity, settings, addresses);
          if (port == 0) {
            LOG.log(
                Level.INFO,
                "took-free-port for peers, since {0} is taken",
                String.valueOf(DEFAULT_PORT));
          }
          return host;
        } catch (ConfigException e) {
          LOG.log(Level.DEBUG, "cannot listen addresses={0} why={1}", addresses, e.getMessage());
        }
      }
    }
    throw new ConfigException(
        PeerSettings.LISTEN_KEY
            + ": cannot listen for peers on any port; with '--p2p-listen none' it runs without");
  }

  private static Host host(Identity identity, PeerSettings settings, List<Multiaddr> addresses)
      throws IOException, ConfigException {
    HostSettings usual = HostSettings.defaults(addresses, agent());
    return Host.start(
        identity,
        new HostSettings(
            usual.listen(),
            usual.agent(),
            usual.maxConnections(),
            usual.maxConnectionsPerPeer(),
            usual.maxStreamsPerConnection(),
            usual.maxMemory(),
            settings.uploadLimit()));
  }

  private static String agent() {
    String version = PeerNetwork.class.getPackage().getImplementationVersion();
    return "spindrift/" + (version == null ? "development" : version);
  }

  private static Multiaddr ip4(int port) {
    return address("ip4", "0.0.0.0", port);
  }

  private static Multiaddr ip6(int port) {
    return address("ip6", "::", port);
  }

  private static Multiaddr address(String protocol, String host, int port) {
    return new Multiaddr(
        List.of(
            new Multiaddr.Part(protocol, host), new Multiaddr.Part("tcp", Integer.toString(port))));
  }

  /** Where peers can connect, with the peer id at the end, the best first. */
  List<Multiaddr> addresses() {
    return host.addresses().stream()
        .sorted(Comparator.comparingInt(PeerNetwork::distance))
        .map(address -> address.withPeer(host.peerId()))
        .toList();
  }

  /** From how far away an address can be reached, as far as it shows: less is farther. */
  private static int distance(Multiaddr address) {
    Optional<InetAddress> ip = address.tcp().flatMap(endpoint -> literal(endpoint.host()));
    if (ip.isEmpty() || ip.get().isLoopbackAddress()) {
      return 3;
    }
    if (ip.get().isLinkLocalAddress()) {
      return 2;
    }
    return ip.get().getAddress().length == 4 ? 0 : 1;
  }

  private static Optional<InetAddress> literal(String host) {
    try {
      return Optional.of(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  PeerSubstituter substituter() {
    return substituter;
  }

  int peerCount() {
    return host.peers().size();
  }

  PeerAnswers answers() {
    return answers;
  }

  PeerOperations operations() {
    return operations;
  }

  @Override
  public void close() throws IOException {
    try (Opening closing = new Opening()) {
      parts.forEach(closing::add);
    }
  }
}
