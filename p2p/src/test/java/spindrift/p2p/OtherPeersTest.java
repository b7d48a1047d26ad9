package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import spindrift.base.Bytes;
import spindrift.testkit.PeerProgram;
import spindrift.testkit.PeerSettings;
import spindrift.testkit.ScriptedPeer;
import spindrift.testkit.Seeds;

/** libp2p by others, js-libp2p and go-libp2p, understands ours. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class OtherPeersTest {
  private static final String SCRIPTED = "spindrift.testkit.PeerProgram#SCRIPTED";
  private static final Duration TIME = Duration.ofSeconds(30);
  private static final StreamHandler ECHOES = stream -> stream.in().transferTo(stream.out());

  /** Several windows of any side, and more frames than any queue has room for. */
  private static final int MUCH = 20_000_000;

  /** As many early streams as js-libp2p allows. */
  private static final int STREAMS = 10;

  @TempDir private Path scratch;
  private final TestHosts hosts = new TestHosts();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
    hosts.close();
  }

  private ScriptedPeer start(PeerProgram program, String security) throws Exception {
    assumeThat(program.missing()).isEmpty();
    ScriptedPeer peer =
        ScriptedPeer.start(program, PeerSettings.in(scratch).withSecurity(security));
    opened.add(peer);
    return peer;
  }

  private ScriptedPeer start(PeerProgram program) throws Exception {
    return start(program, "noise");
  }

  private PeerId dial(Host host, ScriptedPeer other) throws Exception {
    return host.connect(Multiaddr.parse(other.address()), TIME);
  }

  @ParameterizedTest
  @FieldSource(SCRIPTED)
  void identifyTellsBothWhoTheOtherIs(PeerProgram program) throws Exception {
    Host host = hosts.start();
    host.handle(ScriptedPeer.ECHO, ECHOES);
    ScriptedPeer other = start(program);
    PeerId id = dial(host, other);
    assertThat(id.toString()).isEqualTo(other.peerId());
    PeerInfo known = host.peer(id).orElseThrow();
    assertThat(known.agent()).containsPattern("helia|boxo");
    assertThat(known.protocols()).contains(ScriptedPeer.ECHO, "/ipfs/bitswap/1.2.0");
    assertThat(known.listenAddresses()).isNotEmpty();
    awaitKnown(other, ScriptedPeer.ECHO);
    host.handle("/test/later/1.0.0", ECHOES);
    awaitKnown(other, "/test/later/1.0.0");
  }

  /** Waits until the other has learned that we speak a protocol. */
  private static void awaitKnown(ScriptedPeer other, String protocol) throws Exception {
    TestHosts.await(
        () -> {
          try {
            return other.connections().getFirst().toString().contains(protocol);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @ParameterizedTest
  @FieldSource(SCRIPTED)
  void bothPing(PeerProgram program) throws Exception {
    Host host = hosts.start();
    ScriptedPeer other = start(program);
    PeerId id = dial(host, other);
    other.ping(host.peerId().toString());
    TestHosts.await(() -> host.peer(id).orElseThrow().roundTrip().isPresent());
  }

  @ParameterizedTest
  @FieldSource(SCRIPTED)
  void muchGoesBothWaysOnAStreamOfTheirs(PeerProgram program) throws Exception {
    Host host = hosts.start();
    host.handle(ScriptedPeer.ECHO, ECHOES);
    ScriptedPeer other = start(program);
    other.connect(TestHosts.address(host).toString());
    other.echo(host.peerId().toString(), MUCH);
    other.disconnect(host.peerId().toString());
    TestHosts.await(() -> host.peers().isEmpty());
  }

  @ParameterizedTest
  @FieldSource(SCRIPTED)
  void muchGoesBothWaysOnStreamsOfOurs(PeerProgram program) throws Exception {
    Host host = hosts.start();
    ScriptedPeer other = start(program);
    PeerId id = dial(host, other);
    List<Callable<Bytes>> echoes = new ArrayList<>();
    Bytes sent = Seeds.bytes(new Random(1), MUCH / STREAMS);
    for (int i = 0; i < STREAMS; i++) {
      echoes.add(() -> echo(host, id, sent));
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Bytes> echo : threads.invokeAll(echoes)) {
        assertThat(echo.get()).isEqualTo(sent);
      }
    }
  }

  private static Bytes echo(Host host, PeerId id, Bytes sent) throws Exception {
    try (P2pStream stream = host.open(id, List.of(ScriptedPeer.ECHO), TIME);
        InputStream in = stream.in()) {
      Thread writer =
          Thread.startVirtualThread(
              () -> {
                try {
                  OutputStream out = stream.out();
                  out.write(sent.toArray());
                  out.flush();
                  stream.closeWrite();
                } catch (IOException e) {
                  stream.reset();
                }
              });
      Bytes came = Bytes.owning(in.readNBytes(sent.size() + 1));
      writer.join();
      return came;
    }
  }

  @ParameterizedTest
  @FieldSource(SCRIPTED)
  void agreesOnNoiseWithThoseThatPreferTls(PeerProgram program) throws Exception {
    Host host = hosts.start();
    ScriptedPeer other = start(program, "tls,noise");
    assertThat(dial(host, other).toString()).isEqualTo(other.peerId());
    other.disconnect(host.peerId().toString());
    TestHosts.await(() -> host.peers().isEmpty());
    other.connect(TestHosts.address(host).toString());
    other.ping(host.peerId().toString());
  }

  @ParameterizedTest
  @FieldSource(SCRIPTED)
  void findsThoseWhoEndedGone(PeerProgram program) throws Exception {
    Host host = hosts.start();
    ScriptedPeer other = start(program);
    PeerId id = dial(host, other);
    other.close();
    TestHosts.await(() -> host.peer(id).isEmpty());
    assertThatThrownBy(() -> host.open(id, List.of(ScriptedPeer.ECHO), TIME))
        .isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @FieldSource(SCRIPTED)
  void bothMayDialAtOnce(PeerProgram program) throws Exception {
    Host host = hosts.start();
    ScriptedPeer other = start(program);
    Future<PeerId> ours;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      ours = threads.submit(() -> dial(host, other));
      other.connect(TestHosts.address(host).toString());
    }
    assertThat(ours.get().toString()).isEqualTo(other.peerId());
    other.ping(host.peerId().toString());
    assertThat(host.peers()).hasSize(1);
  }
}
