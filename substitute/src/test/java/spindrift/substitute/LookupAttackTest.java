package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;
import spindrift.base.ProtoWriter;
import spindrift.catalog.Testimony;
import spindrift.catalog.TrustPolicy;
import spindrift.catalog.TrustRules;
import spindrift.catalog.Verdict;
import spindrift.catalog.Views;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.p2p.Host;
import spindrift.p2p.HostSettings;
import spindrift.p2p.Identity;
import spindrift.p2p.Multiaddr;
import spindrift.p2p.P2pStream;
import spindrift.p2p.PeerInfo;
import spindrift.p2p.StreamHandler;
import spindrift.substitute.AnswerMessage.End;
import spindrift.substitute.AnswerMessage.ObjectViews;
import spindrift.substitute.LookupRequest.Scope;

/** Peers that answer or ask against the rules hurt nobody but themselves. */
final class LookupAttackTest {
  private static final StorePath A = LookupNode.path('a');
  private static final LookupRequest REQUEST =
      new LookupRequest(LookupTest.keys(A), Scope.OBJECTS, Duration.ZERO);

  @TempDir Path folder;
  private LookupNode node;
  private Host attacker;
  private final CountDownLatch over = new CountDownLatch(1);

  @BeforeEach
  void start() throws Exception {
    node = new LookupNode(folder);
    attacker =
        Host.start(
            Identity.generate(),
            HostSettings.defaults(List.of(Multiaddr.parse("/ip4/127.0.0.1/tcp/0")), "attacker"));
  }

  @AfterEach
  void stop() throws Exception {
    over.countDown();
    attacker.close();
    node.close();
  }

  @Test
  void aForgedNarinfoDoesNotPassTheTrustGate() throws Exception {
    NarInfo real = info(A);
    NarInfo forged =
        real.withSignature(
            LookupNode.KEY.sign(info(LookupNode.path('b')).fingerprint(StoreDir.DEFAULT)));
    answers(
        new AnswerMessage(List.of(text(forged)), List.of(), List.of(), Optional.of(End.COMPLETE)));
    NarInfo told = ask(LookupNode.LONG).found().getFirst().narInfo();
    TrustPolicy trusted =
        new TrustPolicy(TrustRules.anyOf(List.of(LookupNode.KEY.publicKey())), StoreDir.DEFAULT);
    assertThat(trusted.judge(List.of(new Testimony("peer", told))))
        .isInstanceOf(Verdict.Open.class);
    assertThat(score()).isZero();
  }

  @Test
  void aMalformedAnswerIsPenalised() throws Exception {
    answers(
        new AnswerMessage(
            List.of(Bytes.utf8("no narinfo")), List.of(), List.of(), Optional.empty()));
    assertThatThrownBy(() -> ask(LookupNode.LONG)).isInstanceOf(MalformedDataException.class);
    assertThat(score()).isNegative();
  }

  @Test
  void anObjectThatNobodyAskedForIsPenalised() throws Exception {
    answers(
        new AnswerMessage(
            List.of(text(info(LookupNode.path('b')))),
            List.of(),
            List.of(),
            Optional.of(End.COMPLETE)));
    assertThatThrownBy(() -> ask(LookupNode.LONG)).isInstanceOf(MalformedDataException.class);
    assertThat(score()).isNegative();
  }

  @Test
  void whoLiesAboutABlockIsBanned() throws Exception {
    Cid cid = Block.raw(Bytes.utf8("root")).cid();
    ObjectViews views =
        new ObjectViews(
            A.hashPart(), new Views(cid, cid), Optional.of(Bytes.utf8("something else")));
    answers(
        new AnswerMessage(
            List.of(text(info(A))), List.of(views), List.of(), Optional.of(End.COMPLETE)));
    assertThatThrownBy(() -> ask(LookupNode.LONG)).isInstanceOf(IntegrityException.class);
    LookupNode.await(() -> node.host.peer(attacker.peerId()).isEmpty());
  }

  @Test
  void anAnswerOfGreatLengthTakesNoMemory() throws Exception {
    serve(stream -> stream.out().write(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f}));
    assertThatThrownBy(() -> ask(LookupNode.LONG)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void anAnswerWithoutAnEndIsNone() throws Exception {
    answers(new AnswerMessage(List.of(text(info(A))), List.of(), List.of(), Optional.empty()));
    assertThatThrownBy(() -> ask(LookupNode.LONG)).isInstanceOf(IOException.class);
    assertThat(score()).isZero();
  }

  @Test
  void aBusyPeerGivesNoAnswer() throws Exception {
    answers(new AnswerMessage(List.of(), List.of(), List.of(), Optional.of(End.BUSY)));
    assertThatThrownBy(() -> ask(LookupNode.LONG))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("busy");
    assertThat(score()).isZero();
  }

  @Test
  void whoSaysNothingKeepsNobodyBeyondTheTime() throws Exception {
    serve(stream -> over.await());
    assertThatThrownBy(() -> ask(Duration.ofMillis(300))).isInstanceOf(IOException.class);
  }

  @Test
  void whoSaysABitNowAndThenKeepsNobodyBeyondTheTime() throws Exception {
    serve(
        stream -> {
          stream.out().write(new byte[] {(byte) 0xff, 0x7f});
          while (!over.await(20, TimeUnit.MILLISECONDS)) {
            stream.out().write(0);
            stream.out().flush();
          }
        });
    assertThatThrownBy(() -> ask(Duration.ofMillis(500))).isInstanceOf(IOException.class);
  }

  @Test
  void aRequestThatIsTooLongOrNotOneIsPenalised() throws Exception {
    connect();
    for (Bytes request :
        List.of(
            Bytes.of(0xff, 0xff, 0xff, 0x7f),
            new ProtoWriter().bytes(2, Bytes.of(1, 2, 3)).toDelimited())) {
      int before = score();
      try (P2pStream stream = open()) {
        request.writeTo(stream.out());
        stream.closeWrite();
        assertThatThrownBy(() -> stream.in().readAllBytes()).isInstanceOf(IOException.class);
      }
      LookupNode.await(() -> score() < before);
    }
  }

  @Test
  void tooManyRequestsAtATimeAreRefused() throws Exception {
    node.addPublic(A, Bytes.utf8("a"));
    connect();
    List<P2pStream> halfAsked = new ArrayList<>();
    // Some more, since a whole request may get in before the last of these and make it go.
    for (int i = 0; i < AskingBudget.MAX_UNDER_WAY_PER_PEER + 10; i++) {
      P2pStream stream = open();
      stream.out().write(100);
      stream.out().flush();
      halfAsked.add(stream);
    }
    LookupClient client = new LookupClient(attacker, StoreDir.DEFAULT);
    LookupNode.await(() -> isBusy(client));
    halfAsked.forEach(P2pStream::reset);
    LookupNode.await(() -> !isBusy(client));
  }

  private boolean isBusy(LookupClient client) {
    try {
      return client.ask(node.peerId(), REQUEST, LookupNode.LONG).found().isEmpty();
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("busy");
      return true;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private void serve(StreamHandler handler) throws Exception {
    attacker.handle(
        LookupClient.PROTOCOL,
        stream -> {
          MessageStream.read(stream.in(), RequestMessage.MAX_BYTES, "request");
          handler.handle(stream);
        });
    connect();
  }

  private void connect() throws Exception {
    attacker.connect(node.host.addresses().getFirst().withPeer(node.peerId()), LookupNode.LONG);
    LookupNode.await(() -> node.host.peer(attacker.peerId()).isPresent());
  }

  private void answers(AnswerMessage message) throws Exception {
    serve(stream -> message.encode().toDelimited().writeTo(stream.out()));
  }

  private P2pStream open() throws Exception {
    return attacker.open(node.peerId(), List.of(LookupClient.PROTOCOL), LookupNode.LONG);
  }

  private LookupAnswer ask(Duration timeout) throws Exception {
    return node.client.ask(attacker.peerId(), REQUEST, timeout);
  }

  private int score() {
    return node.host.peer(attacker.peerId()).map(PeerInfo::score).orElseThrow();
  }

  private static NarInfo info(StorePath path) {
    NixHash hash = NixHash.sha256Of(Bytes.utf8(path.toString()));
    return NarInfo.of(PathInfo.of(path, hash, 100, List.of()));
  }

  private static Bytes text(NarInfo info) {
    return Bytes.utf8(info.render(StoreDir.DEFAULT));
  }
}
