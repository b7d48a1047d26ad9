package spindrift.p2p;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import spindrift.base.FaultException;

/**
 * A peer that has shaken hands with a host and then does what the test wants, which no host would.
 */
final class RawPeer implements AutoCloseable {
  static final Duration TIME = Duration.ofSeconds(30);

  private final Identity identity;
  private final HostThreads threads = new HostThreads();
  private final Connection connection;

  private RawPeer(Identity identity, Multiaddr address) throws IOException, FaultException {
    this.identity = identity;
    this.connection =
        new Upgrader(
                identity,
                YamuxSettings.of(4096, new MemoryBudget(64 << 20), RateLimit.none()),
                threads)
            .upgrade(
                TcpWire.connect(endpoint(address), TIME),
                PeerInfo.Direction.OUTBOUND,
                address,
                address.peer(),
                Deadline.in(TIME));
  }

  static RawPeer connect(Host host) throws IOException, FaultException {
    return connect(Identity.generate(), host);
  }

  static RawPeer connect(Identity identity, Host host) throws IOException, FaultException {
    return new RawPeer(identity, TestHosts.address(host));
  }

  static InetSocketAddress endpoint(Multiaddr address) {
    Multiaddr.TcpEndpoint tcp = address.tcp().orElseThrow();
    return new InetSocketAddress(InetAddress.ofLiteral(tcp.host()), tcp.port());
  }

  PeerId peerId() {
    return identity.peerId();
  }

  Identity identity() {
    return identity;
  }

  Connection connection() {
    return connection;
  }

  /** Opens a stream and agrees on a protocol. */
  MuxedStream open(String protocol) throws IOException, FaultException, InterruptedException {
    MuxedStream stream = connection.open(TIME);
    String agreed = Multistream.select(stream.in(), stream.out(), List.of(protocol));
    if (!agreed.equals(protocol)) {
      throw new AssertionError(agreed);
    }
    return stream;
  }

  /** The next stream that the host opens, for whatever protocol it wants. */
  Optional<String> answer(Consumer<MuxedStream> answerer)
      throws IOException, FaultException, InterruptedException {
    Optional<MuxedStream> stream = connection.accept();
    if (stream.isEmpty()) {
      return Optional.empty();
    }
    String protocol = Multistream.answer(stream.get().in(), stream.get().out(), _ -> true);
    answerer.accept(stream.get());
    return Optional.of(protocol);
  }

  /** Waits until the host has ended the connection. */
  void awaitEnd() throws InterruptedException {
    for (Optional<MuxedStream> next = connection.accept();
        next.isPresent();
        next = connection.accept()) {
      next.get().reset();
    }
  }

  @Override
  public void close() {
    connection.close();
    try {
      threads.close(Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
