package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import spindrift.base.ConfigException;

@Timeout(60)
class TcpListenerTest {
  @Test
  void takesAFreePortAndSaysWhich() throws Exception {
    try (TcpListener listener = listener("/ip4/127.0.0.1/tcp/0")) {
      assertThat(listener.addresses(TcpAddress.localAddresses())).hasSize(1);
      assertThat(port(listener)).isPositive();
    }
  }

  @Test
  void aWildcardStandsForTheAddressesOfAllInterfaces() throws Exception {
    try (TcpListener listener = listener("/ip4/0.0.0.0/tcp/0")) {
      assertThat(listener.addresses(TcpAddress.localAddresses()))
          .contains(TestHosts.multiaddr("/ip4/127.0.0.1/tcp/" + port(listener)))
          .allMatch(address -> address.toString().startsWith("/ip4/"))
          .noneMatch(address -> address.toString().startsWith("/ip4/0.0.0.0"));
    }
  }

  @Test
  void aHostNamesLoopbackLast() throws Exception {
    try (TestHosts hosts = new TestHosts()) {
      Host host =
          hosts.start(
              s ->
                  HostSettings.defaults(
                      Stream.of("/ip4/127.0.0.1/tcp/0", "/ip4/0.0.0.0/tcp/0")
                          .map(TestHosts::multiaddr)
                          .toList(),
                      s.agent()));
      List<Boolean> loopback = host.addresses().stream().map(TcpAddress::isLoopback).toList();
      assertThat(loopback).isSorted().contains(true);
    }
  }

  @Test
  void bothFamiliesShareOnePort() throws Exception {
    assumeThat(hasIp6()).as("IPv6 on this machine").isTrue();
    int port;
    try (TcpListener listener = listener("/ip6/::1/tcp/0")) {
      port = port(listener);
    }
    List<TcpListener> listeners =
        TcpListener.bind(
            List.of(
                TestHosts.multiaddr("/ip4/0.0.0.0/tcp/" + port),
                TestHosts.multiaddr("/ip6/::/tcp/" + port)));
    try {
      assertThat(listeners).hasSize(1);
      assertThat(listeners.getFirst().addresses(TcpAddress.localAddresses()))
          .contains(
              TestHosts.multiaddr("/ip4/127.0.0.1/tcp/" + port),
              TestHosts.multiaddr("/ip6/::1/tcp/" + port));
      BlockingQueue<InetSocketAddress> taken = new LinkedBlockingQueue<>();
      Thread.startVirtualThread(() -> take(listeners.getFirst(), taken));
      for (String host : List.of("127.0.0.1", "::1")) {
        try (Socket socket = new Socket(InetAddress.ofLiteral(host), port)) {
          InetSocketAddress from = taken.poll(30, TimeUnit.SECONDS);
          assertThat(from).isEqualTo(socket.getLocalSocketAddress());
        }
      }
    } finally {
      listeners.forEach(TcpListener::close);
    }
  }

  private static void take(TcpListener listener, BlockingQueue<InetSocketAddress> taken) {
    listener.run(
        channel -> {
          try (channel) {
            taken.add((InetSocketAddress) channel.getRemoteAddress());
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static boolean hasIp6() {
    return TcpAddress.localAddresses().contains(InetAddress.ofLiteral("::1"));
  }

  @Test
  void bindsAllOrNothing() throws Exception {
    try (TcpListener taken = listener("/ip4/127.0.0.1/tcp/0")) {
      int free;
      try (TcpListener other = listener("/ip4/127.0.0.1/tcp/0")) {
        free = port(other);
      }
      Multiaddr first = TestHosts.multiaddr("/ip4/127.0.0.1/tcp/" + free);
      Multiaddr second = taken.addresses(TcpAddress.localAddresses()).getFirst();
      assertThatThrownBy(() -> TcpListener.bind(List.of(first, second)))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining(second.toString());
      listener(first.toString()).close();
    }
  }

  @Test
  void refusesWhatIsNoPlaceToListen() {
    for (String text :
        List.of("/dns/localhost/tcp/1", "/ip4/127.0.0.1/udp/1", "/ip4/127.0.0.1/tcp/1/ws")) {
      assertThatThrownBy(() -> TcpListener.bind(List.of(TestHosts.multiaddr(text))))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining(text);
    }
  }

  private static TcpListener listener(String address) throws ConfigException {
    return TcpListener.bind(List.of(TestHosts.multiaddr(address))).getFirst();
  }

  private static int port(TcpListener listener) {
    return listener.addresses(TcpAddress.localAddresses()).getFirst().tcp().orElseThrow().port();
  }
}
