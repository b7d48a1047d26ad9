package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.ProtoWriter;
import spindrift.base.ProtocolViolationException;
import spindrift.base.RefusedException;

/** What a host does about peers that misbehave. */
@Timeout(60)
class HostileHostTest {
  private static final Duration TIME = Duration.ofSeconds(30);
  private static final String ECHO = "/test/echo/1";
  private static final StreamHandler ECHOES = stream -> stream.in().transferTo(stream.out());

  private final TestHosts hosts = new TestHosts();

  @AfterEach
  void close() {
    hosts.close();
  }

  @Test
  void aPeerThatSaysNothingDoesNotKeepOthersOut() throws Exception {
    Host host = hosts.start();
    try (Socket silent = socket(host)) {
      Host friend = hosts.start();
      friend.connect(TestHosts.address(host), TIME);
      assertThat(host.peers()).hasSize(1);
      assertThat(silent.isConnected()).isTrue();
    }
  }

  @Test
  void onlySoManyOfOneAddressMayBeAmidTheirHandshakes() throws Exception {
    Host host = hosts.start();
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < Doorkeeper.MAX_PENDING_PER_ADDRESS; i++) {
        Socket socket = socket(host);
        silent.add(socket);
        // What it says first shows that the handshake has begun.
        socket.getOutputStream().write(Multistream.proposal("/none").toArray());
        assertThat(socket.getInputStream().read()).isPositive();
      }
      try (Socket tooMany = socket(host)) {
        assertThat(tooMany.getInputStream().read()).isEqualTo(-1);
      }
      silent.removeLast().close();
      TestHosts.await(() -> connects(host));
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  private boolean connects(Host host) {
    try (RawPeer peer = RawPeer.connect(host)) {
      return peer.connection().roundTrip().isPresent() || !peer.connection().hasEnded();
    } catch (IOException | FaultException e) {
      return false;
    }
  }

  @Test
  void anAddressThatKeepsFailingItsHandshakesIsShutOut() throws Exception {
    Host host = hosts.start();
    for (int i = 0; i < 11; i++) {
      try (Socket socket = socket(host)) {
        socket.getOutputStream().write(new byte[] {0, 0, 0});
        socket.getOutputStream().flush();
        socket.getInputStream().readAllBytes();
      }
    }
    TestHosts.await(() -> !connects(host));
  }

  @Test
  void aViolationInAHandlerCountsAgainstThePeer() throws Exception {
    Host host = hosts.start();
    host.handle(
        ECHO,
        _ -> {
          throw new ProtocolViolationException(ECHO, "whatever");
        });
    try (RawPeer peer = RawPeer.connect(host)) {
      assertThatThrownBy(() -> peer.open(ECHO).in().read()).isInstanceOf(IOException.class);
      TestHosts.await(() -> score(host, peer) < -40);
    }
  }

  @Test
  void aPeerThatLiesIsDisconnectedAndBanned() throws Exception {
    Host host = hosts.start();
    host.handle(
        ECHO,
        _ -> {
          throw new IntegrityException("this", "that", "peer");
        });
    try (RawPeer peer = RawPeer.connect(host)) {
      assertThatThrownBy(() -> peer.open(ECHO).in().read()).isInstanceOf(IOException.class);
      peer.awaitEnd();
      assertThat(host.peer(peer.peerId())).isEmpty();
      assertThatThrownBy(() -> host.open(peer.peerId(), List.of(ECHO), TIME))
          .isInstanceOf(RefusedException.class);
    }
  }

  @Test
  void aFailureOfAHandlerEndsItsStreamAlone() throws Exception {
    Host host = hosts.start();
    host.handle(
        "/test/fails",
        _ -> {
          throw new IOException("on purpose");
        });
    host.handle(ECHO, ECHOES);
    try (RawPeer peer = RawPeer.connect(host)) {
      assertThatThrownBy(() -> peer.open("/test/fails").in().read())
          .isInstanceOf(IOException.class);
      MuxedStream other = peer.open(ECHO);
      other.out().write(1);
      other.out().flush();
      assertThat(other.in().read()).isEqualTo(1);
      assertThat(score(host, peer)).isZero();
    }
  }

  @Test
  void aFloodOfStreamsIsRefusedAndThenCutOff() throws Exception {
    AtomicInteger most = new AtomicInteger();
    AtomicInteger open = new AtomicInteger();
    Host host =
        hosts.start(
            s ->
                new HostSettings(s.listen(), s.agent(), 10, 4, 50, s.maxMemory(), s.uploadLimit()));
    host.handle(
        ECHO,
        stream -> {
          most.accumulateAndGet(open.incrementAndGet(), Math::max);
          try {
            stream.in().transferTo(stream.out());
          } finally {
            open.decrementAndGet();
          }
        });
    try (RawPeer peer = RawPeer.connect(host)) {
      Thread.startVirtualThread(() -> flood(peer));
      peer.awaitEnd();
    }
    assertThat(most.get()).isBetween(1, 50);
    TestHosts.await(() -> open.get() == 0);
    Host friend = hosts.start();
    friend.connect(TestHosts.address(host), TIME);
  }

  private static void flood(RawPeer peer) {
    try {
      while (!peer.connection().hasEnded()) {
        MuxedStream stream = peer.connection().open(TIME);
        try {
          stream.out().write(Multistream.proposal(ECHO).toArray());
          stream.out().flush();
        } catch (IOException e) {
          // This one was refused; the next may not be.
          stream.reset();
        }
      }
    } catch (IOException e) {
      // The host has cut the connection.
      peer.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aFloodOfIdentifyRequestsIsCutOff() throws Exception {
    Host host = hosts.start();
    try (RawPeer peer = RawPeer.connect(host)) {
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 10_000; i++) {
                  MuxedStream stream = peer.connection().open(TIME);
                  stream.out().write(Multistream.proposal(Identify.PROTOCOL).toArray());
                  stream.out().flush();
                }
              })
          .isInstanceOf(IOException.class);
      TestHosts.await(() -> host.peer(peer.peerId()).isEmpty());
    }
  }

  @Test
  void aFloodOfPushesIsCutOffAndTellsListenersLittle() throws Exception {
    Host host = hosts.start();
    AtomicInteger changes = new AtomicInteger();
    host.addListener(
        new HostListener() {
          @Override
          public void changed(PeerInfo peer) {
            changes.incrementAndGet();
          }
        });
    try (RawPeer peer = RawPeer.connect(host)) {
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 10_000; i++) {
                  MuxedStream stream = peer.connection().open(TIME);
                  stream.out().write(Multistream.proposal(Identify.PUSH).toArray());
                  stream.out().write(new ProtoWriter().text(3, "/x/" + i).toDelimited().toArray());
                  stream.out().flush();
                  stream.closeWrite();
                }
              })
          .isInstanceOf(IOException.class);
    }
    assertThat(changes.get()).isLessThan(100);
  }

  @Test
  void anIdentifyMessageWithoutEndIsRefused() throws Exception {
    Host host = hosts.start();
    try (RawPeer peer = RawPeer.connect(host)) {
      MuxedStream stream = peer.open(Identify.PUSH);
      Bytes part = new ProtoWriter().bytes(100, Bytes.owning(new byte[4000])).toDelimited();
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 10_000; i++) {
                  stream.out().write(part.toArray());
                  stream.out().flush();
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aFalseSignedRecordIsNotBelieved() throws Exception {
    Host host = hosts.start();
    Identity other = Identity.generate();
    Bytes ofAnother =
        new PeerRecord(other.peerId(), 1, List.of(IdentifyVectors.FIRST)).seal(other).toBytes();
    try (RawPeer peer = RawPeer.connect(host)) {
      push(peer, new ProtoWriter().text(3, "/x/1").bytes(8, ofAnother));
      TestHosts.await(() -> score(host, peer) < -40);
      PeerInfo info = host.peer(peer.peerId()).orElseThrow();
      assertThat(info.listenAddresses()).isEmpty();
      assertThat(info.protocols()).containsExactly("/x/1");
    }
  }

  @Test
  void aKeyThatIsNotThePeersIsNotBelieved() throws Exception {
    Host host = hosts.start();
    try (RawPeer peer = RawPeer.connect(host)) {
      push(
          peer,
          new ProtoWriter()
              .bytes(1, Identity.generate().publicKey().toBytes())
              .bytes(2, IdentifyVectors.FIRST.toBytes()));
      TestHosts.await(() -> score(host, peer) < -40);
      assertThat(host.peer(peer.peerId()).orElseThrow().listenAddresses()).isEmpty();
    }
  }

  @Test
  void aPeerThatDoesNotAnswerIdentifyIsAnnouncedAllTheSame() throws Exception {
    Host host = hosts.start();
    RecordedEvents events = new RecordedEvents();
    host.addListener(events);
    try (RawPeer peer = RawPeer.connect(host)) {
      events.await("connected " + peer.peerId().brief());
      assertThat(host.peer(peer.peerId()).orElseThrow().protocols()).isEmpty();
    }
  }

  @Test
  void aPeerThatBreaksYamuxIsBlamed() throws Exception {
    Host host = hosts.start();
    Identity identity = Identity.generate();
    for (int i = 0; i < 3; i++) {
      try (TcpWire wire = TcpWire.connect(RawPeer.endpoint(TestHosts.address(host)), TIME)) {
        Multistream.select(WireStreams.in(wire), WireStreams.out(wire), List.of("/noise"));
        SecureChannel channel =
            NoiseHandshake.dial(
                wire, identity, List.of(YamuxFrame.PROTOCOL), TestHosts.address(host).peer());
        byte[] nonsense = new byte[12];
        Arrays.fill(nonsense, (byte) 0x77);
        channel.write(nonsense, 0, nonsense.length);
        byte[] rest = new byte[1024];
        while (channel.read(rest, 0, rest.length) >= 0) {
          assertThat(rest).isNotEmpty();
        }
      } catch (IOException | FaultException e) {
        assertThat(e).isNotNull();
      }
    }
    awaitRefusal(host, identity.peerId());
  }

  /** The last connection may not have been read yet. */
  private static void awaitRefusal(Host host, PeerId peer) throws Exception {
    long until = System.nanoTime() + TIME.toNanos();
    while (System.nanoTime() - until < 0) {
      try {
        host.open(peer, List.of(ECHO), TIME).reset();
      } catch (RefusedException e) {
        return;
      } catch (IOException e) {
        LockSupport.parkNanos(1_000_000);
      }
    }
    throw new AssertionError("not refused");
  }

  private static void push(RawPeer peer, ProtoWriter message)
      throws IOException, FaultException, InterruptedException {
    MuxedStream stream = peer.open(Identify.PUSH);
    message.toDelimited().writeTo(stream.out());
    stream.out().flush();
    stream.closeWrite();
  }

  private static int score(Host host, RawPeer peer) {
    return host.peer(peer.peerId()).map(PeerInfo::score).orElse(0);
  }

  private static Socket socket(Host host) throws IOException {
    var endpoint = RawPeer.endpoint(TestHosts.address(host));
    Socket socket = new Socket(endpoint.getAddress(), endpoint.getPort());
    socket.setSoTimeout((int) TIME.toMillis());
    return socket;
  }
}
