package spindrift.exchange;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import spindrift.p2p.Host;
import spindrift.p2p.HostSettings;
import spindrift.p2p.Identity;
import spindrift.p2p.Multiaddr;
import spindrift.p2p.PeerId;

/** A host on loopback that speaks Bitswap. */
final class TestNode implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(30);

  final Host host;
  final Bitswap bitswap;
  final Blocks blocks;

  private TestNode(Host host, Bitswap bitswap, Blocks blocks) {
    this.host = host;
    this.bitswap = bitswap;
    this.blocks = blocks;
  }

  static TestNode start(Blocks blocks) throws Exception {
    return start(blocks, BitswapSettings.DEFAULTS);
  }

  static TestNode start(Blocks blocks, BitswapSettings settings) throws Exception {
    Host host = startHost();
    return new TestNode(host, Bitswap.start(host, blocks, settings), blocks);
  }

  /** One that sends no more than so many bytes a second. */
  static TestNode startLimited(Blocks blocks, long bytesPerSecond) throws Exception {
    HostSettings all = settings();
    Host host =
        Host.start(
            Identity.generate(),
            new HostSettings(
                all.listen(),
                all.agent(),
                all.maxConnections(),
                all.maxConnectionsPerPeer(),
                all.maxStreamsPerConnection(),
                all.maxMemory(),
                OptionalLong.of(bytesPerSecond)));
    return new TestNode(host, Bitswap.start(host, blocks, BitswapSettings.DEFAULTS), blocks);
  }

  /** A host on loopback that speaks nothing yet. */
  static Host startHost() throws Exception {
    return Host.start(Identity.generate(), settings());
  }

  private static HostSettings settings() throws Exception {
    return HostSettings.defaults(List.of(Multiaddr.parse("/ip4/127.0.0.1/tcp/0")), "test");
  }

  /** An address with the peer at its end. */
  static Multiaddr addressOf(Host host) {
    return host.addresses().getFirst().withPeer(host.peerId());
  }

  PeerId id() {
    return host.peerId();
  }

  /** Opens a session with nodes that this one is connected with from now on. */
  FetchSession session(TestNode... others) throws Exception {
    for (TestNode other : others) {
      host.connect(addressOf(other.host), PATIENCE);
    }
    return bitswap.session(Arrays.stream(others).map(TestNode::id).toList());
  }

  @Override
  public void close() {
    bitswap.close();
    host.close();
  }
}
