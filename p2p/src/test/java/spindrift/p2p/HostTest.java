package spindrift.p2p;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import spindrift.base.AbsentException;
import spindrift.base.IntegrityException;
import spindrift.base.RefusedException;

class HostTest {
  private static final Duration TIME = Duration.ofSeconds(30);
  private static final String ECHO = "/test/echo/1";
  private static final StreamHandler ECHOES = stream -> stream.in().transferTo(stream.out());

  private final TestHosts hosts = new TestHosts();

  @AfterEach
  void close() {
    hosts.close();
  }

  @Test
  void twoHostsTalkOverAStream() throws Exception {
    Host a = hosts.start();
    Host b = hosts.start();
    b.handle(ECHO, ECHOES);
    assertThat(a.connect(TestHosts.address(b), TIME)).isEqualTo(b.peerId());
    try (P2pStream stream = a.open(b.peerId(), List.of(ECHO), TIME)) {
      assertThat(stream.peer()).isEqualTo(b.peerId());
      assertThat(stream.protocol()).isEqualTo(ECHO);
      assertThat(echo(stream, "hello")).isEqualTo("hello");
    }
  }

  @Test
  void whoeverIsToldOfAPeerHasNothingToWaitFor() throws Exception {
    Swarm a = (Swarm) hosts.start();
    CompletableFuture<Boolean> identified = new CompletableFuture<>();
    a.addListener(
        new HostListener() {
          @Override
          public void connected(PeerInfo peer) {
            identified.complete(a.connections().stream().allMatch(Connection::isIdentified));
          }
        });
    a.connect(TestHosts.address(hosts.start()), TIME);
    assertThat(identified.get(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void streamsGoBothWaysOverOneConnection() throws Exception {
    Host a = hosts.start();
    Host b = hosts.start();
    a.handle(ECHO, ECHOES);
    b.handle(ECHO, ECHOES);
    a.connect(TestHosts.address(b), TIME);
    TestHosts.await(() -> b.peer(a.peerId()).isPresent());
    try (P2pStream there = a.open(b.peerId(), List.of(ECHO), TIME);
        P2pStream back = b.open(a.peerId(), List.of(ECHO), TIME)) {
      assertThat(echo(there, "one")).isEqualTo("one");
      assertThat(echo(back, "two")).isEqualTo("two");
    }
    assertThat(a.peers()).hasSize(1);
    assertThat(b.peers()).hasSize(1);
  }

  @Test
  void connectsWithoutKnowingWhoIsThere() throws Exception {
    Host a = hosts.start();
    Host b = hosts.start();
    assertThat(a.connect(TestHosts.address(b).withoutPeer(), TIME)).isEqualTo(b.peerId());
  }

  @Test
  void acceptsNobodyElseThanThePeerThatWasAskedFor() throws Exception {
    Host a = hosts.start();
    Host b = hosts.start();
    Multiaddr wrong = TestHosts.address(b).withPeer(Identity.generate().peerId());
    assertThatThrownBy(() -> a.connect(wrong, TIME)).isInstanceOf(IntegrityException.class);
    assertThat(a.peers()).isEmpty();
  }

  @Test
  void connectsToNothingThatIsItself() throws Exception {
    Host a = hosts.start();
    assertThatThrownBy(() -> a.connect(TestHosts.address(a), TIME))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> a.connect(TestHosts.address(a).withoutPeer(), TIME))
        .isInstanceOf(RefusedException.class);
    assertThat(a.peers()).isEmpty();
  }

  @Test
  void saysWhenAPeerSpeaksNoneOfTheProtocols() throws Exception {
    Host a = hosts.start();
    Host b = hosts.start();
    a.connect(TestHosts.address(b), TIME);
    assertThatThrownBy(() -> a.open(b.peerId(), List.of("/test/1", "/test/2"), TIME))
        .isInstanceOf(AbsentException.class)
        .hasMessageContaining("/test/1");
  }

  @Test
  void picksTheFirstProtocolThatThePeerSpeaks() throws Exception {
    Host a = hosts.start();
    Host b = hosts.start();
    b.handle(ECHO, ECHOES);
    b.handle("/test/echo/0", ECHOES);
    a.connect(TestHosts.address(b), TIME);
    try (P2pStream stream = a.open(b.peerId(), List.of("/test/2", ECHO, "/test/echo/0"), TIME)) {
      assertThat(stream.protocol()).isEqualTo(ECHO);
      assertThat(echo(stream, "x")).isEqualTo("x");
    }
  }

  @Test
  void dialsWhereDiscoverySaysThatThePeerIs() throws Exception {
    Host a = hosts.start();
    Host b = hosts.start();
    b.handle(ECHO, ECHOES);
    a.addAddresses(b.peerId(), b.addresses());
    try (P2pStream stream = a.open(b.peerId(), List.of(ECHO), TIME)) {
      assertThat(echo(stream, "found")).isEqualTo("found");
    }
  }

  @Test
  void failsWhereNoAddressIsKnown() throws Exception {
    Host a = hosts.start();
    assertThatThrownBy(() -> a.open(Identity.generate().peerId(), List.of(ECHO), TIME))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no address");
  }

  @Test
  void learnsWhoThePeerIs() throws Exception {
    Host a = hosts.start();
    Host b = hosts.start();
    b.handle(ECHO, ECHOES);
    a.connect(TestHosts.address(b), TIME);
    PeerInfo info = a.peer(b.peerId()).orElseThrow();
    assertThat(info.agent()).isEqualTo("test/1");
    assertThat(info.protocols())
        .containsExactlyInAnyOrder(ECHO, Identify.PROTOCOL, Identify.PUSH, Ping.PROTOCOL);
    assertThat(info.listenAddresses()).isEqualTo(b.addresses());
    assertThat(info.direction()).isEqualTo(PeerInfo.Direction.OUTBOUND);
    assertThat(info.bytesIn()).isPositive();
    assertThat(info.bytesOut()).isPositive();
    assertThat(info.score()).isZero();
    TestHosts.await(() -> a.peer(b.peerId()).orElseThrow().roundTrip().isPresent());
  }

  @Test
  void tellsConnectedPeersOfAProtocolThatIsNew() throws Exception {
    Host a = hosts.start();
    Host b = hosts.start();
    a.connect(TestHosts.address(b), TIME);
    b.handle(ECHO, ECHOES);
    TestHosts.await(() -> a.peer(b.peerId()).orElseThrow().protocols().contains(ECHO));
  }

  @Test
  void tellsListenersWhoComesAndGoes() throws Exception {
    Host a = hosts.start();
    Host b = hosts.start();
    RecordedEvents events = new RecordedEvents();
    a.addListener(events);
    a.connect(TestHosts.address(b), TIME);
    events.await("connected " + b.peerId().brief());
    b.handle(ECHO, ECHOES);
    events.await("changed " + b.peerId().brief());
    a.disconnect(b.peerId());
    events.await("disconnected " + b.peerId().brief());
    assertThat(a.peers()).isEmpty();
    TestHosts.await(() -> b.peers().isEmpty());
  }

  private static String echo(P2pStream stream, String text) throws IOException {
    stream.out().write(text.getBytes(UTF_8));
    stream.out().flush();
    stream.closeWrite();
    return new String(stream.in().readAllBytes(), UTF_8);
  }
}
