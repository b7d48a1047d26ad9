package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import spindrift.base.FaultException;
import spindrift.base.RefusedException;

/** Connection limits, bans, back-off, and the end of a host. */
@Timeout(120)
class HostLimitsTest {
  private static final Duration TIME = Duration.ofSeconds(30);
  private static final String ECHO = "/test/echo/1";
  private static final StreamHandler ECHOES = stream -> stream.in().transferTo(stream.out());

  private final TestHosts hosts = new TestHosts();

  @AfterEach
  void close() {
    hosts.close();
  }

  private static UnaryOperator<HostSettings> connections(int max, int perPeer) {
    return s ->
        new HostSettings(
            s.listen(),
            s.agent(),
            max,
            perPeer,
            s.maxStreamsPerConnection(),
            s.maxMemory(),
            s.uploadLimit());
  }

  @Test
  void closesTheLeastUsefulConnectionWhenThereAreTooMany() throws Exception {
    Host host = hosts.start(connections(3, 4));
    host.handle(ECHO, ECHOES);
    Host busy = hosts.start();
    busy.connect(TestHosts.address(host), TIME);
    try (P2pStream stream = busy.open(host.peerId(), List.of(ECHO), TIME)) {
      stream.out().write(1);
      stream.out().flush();
      assertThat(stream.in().read()).isEqualTo(1);
      Host idle = hosts.start();
      idle.connect(TestHosts.address(host), TIME);
      for (int i = 0; i < 4; i++) {
        hosts.start().connect(TestHosts.address(host), TIME);
        TestHosts.await(() -> host.peers().size() <= 3);
      }
      assertThat(host.peer(busy.peerId())).isPresent();
      assertThat(host.peer(idle.peerId())).isEmpty();
    }
  }

  @Test
  void neverClosesAPeerThatItConnectedToToMakeRoom() throws Exception {
    Host host = hosts.start(connections(2, 4));
    Host first = hosts.start();
    Host second = hosts.start();
    host.connect(TestHosts.address(first), TIME);
    host.connect(TestHosts.address(second), TIME);
    Host stranger = hosts.start();
    stranger.connect(TestHosts.address(host), TIME);
    TestHosts.await(() -> stranger.peers().isEmpty());
    assertThat(host.peers())
        .extracting(PeerInfo::id)
        .containsExactlyInAnyOrder(first.peerId(), second.peerId());
  }

  @Test
  void onePeerHasSoManyConnectionsAndTheNewestStay() throws Exception {
    Host host = hosts.start(connections(10, 2));
    Identity identity = Identity.generate();
    try (RawPeer first = RawPeer.connect(identity, host);
        RawPeer second = RawPeer.connect(identity, host);
        RawPeer third = RawPeer.connect(identity, host)) {
      first.awaitEnd();
      assertThat(host.peers()).hasSize(1);
      assertThat(second.connection().hasEnded()).isFalse();
      third.open(Ping.PROTOCOL).close();
    }
    TestHosts.await(() -> host.peers().isEmpty());
  }

  @Test
  void twoPeersWithOneIdentityAreBothServed() throws Exception {
    Host host = hosts.start();
    host.handle(ECHO, ECHOES);
    Identity identity = Identity.generate();
    Host one = hosts.start(identity, s -> s);
    Host other = hosts.start(identity, s -> s);
    one.connect(TestHosts.address(host), TIME);
    other.connect(TestHosts.address(host), TIME);
    for (Host twin : List.of(one, other)) {
      try (P2pStream stream = twin.open(host.peerId(), List.of(ECHO), TIME)) {
        stream.out().write(7);
        stream.out().flush();
        assertThat(stream.in().read()).isEqualTo(7);
      }
    }
  }

  @Test
  void hasNothingToDoWithABannedPeerInEitherDirection() throws Exception {
    Host host = hosts.start();
    Host peer = hosts.start();
    peer.connect(TestHosts.address(host), TIME);
    TestHosts.await(() -> host.peer(peer.peerId()).isPresent());
    host.ban(peer.peerId(), Duration.ofHours(1));
    assertThat(host.peers()).isEmpty();
    TestHosts.await(() -> peer.peers().isEmpty());
    assertThatThrownBy(() -> host.connect(TestHosts.address(peer), TIME))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> host.connect(TestHosts.address(peer).withoutPeer(), TIME))
        .isInstanceOf(RefusedException.class);
    TestHosts.await(() -> refused(peer, host));
    assertThat(host.peers()).isEmpty();
  }

  /** The refusal comes after the handshake, so the one that is banned may connect for a moment. */
  private static boolean refused(Host banned, Host host) {
    try {
      banned.connect(TestHosts.address(host), TIME);
      TestHosts.await(() -> banned.peers().isEmpty());
      return true;
    } catch (IOException | FaultException e) {
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Test
  void penaltiesAddUpToABan() throws Exception {
    Host host = hosts.start();
    Host peer = hosts.start();
    host.connect(TestHosts.address(peer), TIME);
    host.penalise(peer.peerId(), Misbehaviour.VIOLATION);
    assertThat(host.peer(peer.peerId()).orElseThrow().score()).isBetween(-50, -40);
    host.penalise(peer.peerId(), Misbehaviour.VIOLATION);
    host.penalise(peer.peerId(), Misbehaviour.VIOLATION);
    assertThat(host.peers()).isEmpty();
  }

  @Test
  void anAddressThatFailedIsLeftAloneForAWhileUnlessAskedFor() throws Exception {
    Host host = hosts.start();
    Host peer = hosts.start();
    peer.handle(ECHO, ECHOES);
    Multiaddr address = TestHosts.address(peer);
    Multiaddr gone = TestHosts.multiaddr("/ip4/127.0.0.1/tcp/1");
    PeerId absent = Identity.generate().peerId();
    host.addAddresses(absent, List.of(gone));
    assertThatThrownBy(() -> host.open(absent, List.of(ECHO), TIME))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("refused");
    assertThatThrownBy(() -> host.open(absent, List.of(ECHO), TIME))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a short while ago");
    assertThatThrownBy(() -> host.connect(gone.withPeer(absent), TIME))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("refused");
    // One bad address does not keep the good one from being used.
    host.addAddresses(peer.peerId(), List.of(gone, address));
    host.open(peer.peerId(), List.of(ECHO), TIME).close();
  }

  @Test
  void openWaitsNoLongerThanItIsTold() throws Exception {
    Host host = hosts.start();
    PeerId silent = Identity.generate().peerId();
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      host.addAddresses(
          silent, List.of(TestHosts.multiaddr("/ip4/127.0.0.1/tcp/" + server.getLocalPort())));
      assertThatThrownBy(() -> host.open(silent, List.of(ECHO), Duration.ofMillis(300)))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aThousandStreamsAtOnce() throws Exception {
    Host host =
        hosts.start(
            s ->
                new HostSettings(
                    s.listen(), s.agent(), 10, 4, 2000, s.maxMemory(), s.uploadLimit()));
    host.handle(ECHO, ECHOES);
    Host peer = hosts.start();
    peer.connect(TestHosts.address(host), TIME);
    List<P2pStream> streams = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      P2pStream stream = peer.open(host.peerId(), List.of(ECHO), TIME);
      stream.out().write(new byte[] {(byte) i, (byte) (i >> 8)});
      stream.out().flush();
      streams.add(stream);
    }
    for (int i = 0; i < 1000; i++) {
      byte[] answer = streams.get(i).in().readNBytes(2);
      assertThat(answer).containsExactly((byte) i, (byte) (i >> 8));
      streams.get(i).close();
    }
  }

  @Test
  void closesWithinASecondWithEverythingUnderWay() throws Exception {
    Host host = Host.start(Identity.generate(), TestHosts.settings());
    CountDownLatch serving = new CountDownLatch(10);
    host.handle(
        ECHO,
        stream -> {
          serving.countDown();
          stream.in().transferTo(stream.out());
        });
    Host peer = hosts.start();
    peer.connect(TestHosts.address(host), TIME);
    List<P2pStream> streams = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      P2pStream stream = peer.open(host.peerId(), List.of(ECHO), TIME);
      stream.out().write(1);
      stream.out().flush();
      streams.add(stream);
    }
    AtomicInteger failed = new AtomicInteger();
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread dial =
          Thread.startVirtualThread(
              () -> {
                try {
                  host.connect(
                      TestHosts.multiaddr("/ip4/127.0.0.1/tcp/" + silent.getLocalPort()), TIME);
                } catch (IOException | FaultException | InterruptedException e) {
                  failed.incrementAndGet();
                }
              });
      assertThat(serving.await(30, TimeUnit.SECONDS)).isTrue();
      Socket dialled = silent.accept();
      long start = System.nanoTime();
      host.close();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
      assertThat(dial.join(TIME)).isTrue();
      assertThat(failed).hasValue(1);
      dialled.close();
    }
    for (P2pStream stream : streams) {
      assertThatThrownBy(() -> stream.in().readAllBytes()).isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> host.open(peer.peerId(), List.of(ECHO), TIME))
        .isInstanceOf(IOException.class);
    host.close();
  }

  @Test
  void leavesNoThreadsAndNoFileDescriptorsBehind() throws Exception {
    // The first time leaves what the JDK keeps for itself, such as the pollers of its sockets.
    connectOften(20);
    TestHosts.await(() -> OpenResources.threads("p2p", "yamux") == 0);
    long descriptors = OpenResources.descriptors();
    connectOften(200);
    TestHosts.await(() -> OpenResources.threads("p2p", "yamux") == 0);
    TestHosts.await(() -> OpenResources.descriptors() <= descriptors);
  }

  private void connectOften(int times) throws Exception {
    Host host = Host.start(Identity.generate(), TestHosts.settings());
    Host peer = Host.start(Identity.generate(), TestHosts.settings());
    host.handle(ECHO, ECHOES);
    for (int i = 0; i < times; i++) {
      peer.connect(TestHosts.address(host), TIME);
      try (P2pStream stream = peer.open(host.peerId(), List.of(ECHO), TIME)) {
        stream.out().write(1);
        stream.out().flush();
        assertThat(stream.in().read()).isEqualTo(1);
      }
      peer.disconnect(host.peerId());
    }
    host.close();
    peer.close();
  }
}
