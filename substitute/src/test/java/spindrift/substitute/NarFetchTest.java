package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.AbsentException;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.p2p.Misbehaviour;

final class NarFetchTest {
  /** Too large to be fetched ahead, and some leaves long. */
  private static final int LARGE = 3 << 20;

  private FetchingNode node;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    node = new FetchingNode(directory);
  }

  @AfterEach
  void close() throws IOException {
    node.close();
  }

  private static SignedNar tree(int number) {
    List<Bytes> files = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      files.add(SignedNar.noiseOf(number * 100 + i, i % 8 == 7 ? 700_000 : i * 500));
    }
    return SignedNar.of(number, files);
  }

  @Test
  void streamsTheNarInOrderAndByteForByte() throws Exception {
    SignedNar object = tree(1);
    node.peers.add().has(object);
    assertThat(node.fetch(object)).isEqualTo(object.nar());
    Transfer transfer = node.substituter.transfers().getFirst();
    assertThat(transfer.state()).isEqualTo(Transfer.State.DONE);
    assertThat(transfer.doneBytes()).isEqualTo(object.nar().size());
    assertThat(transfer.localBytes()).isZero();
    assertThat(transfer.sources()).hasSize(1);
    assertThat(transfer.sources().getFirst().bytes()).isGreaterThan(object.nar().size() * 9 / 10);
  }

  @Test
  void expectsLeavesInTheOrderOfTheNar() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    node.peers.add().has(object);
    node.fetch(object);
    List<Cid> leaves = new ArrayList<>();
    for (Cid cid : object.cids()) {
      if (cid.codec() == Cid.RAW && !leaves.contains(cid)) {
        leaves.add(cid);
      }
    }
    List<Cid> order = node.peers.sessions.getFirst().order;
    assertThat(order.stream().filter(cid -> cid.codec() == Cid.RAW)).isEqualTo(leaves);
  }

  @Test
  void holdsNoMoreThanAWindow() throws Exception {
    SignedNar object = SignedNar.noise(1, 40 << 20);
    node.peers.add().has(object);
    assertThat(node.fetch(object)).isEqualTo(object.nar());
    FakePeers.FakeSession session = node.peers.sessions.getFirst();
    long slack = 2L << 20;
    assertThat(session.maxExpectedBytes)
        .isBetween(WindowBudget.WINDOW_BYTES / 2, WindowBudget.WINDOW_BYTES + slack);
    assertThat(session.heldAtMost).isLessThan(WindowBudget.WINDOW_BYTES * 3 / 2);
    assertThat(session.closed).isTrue();
  }

  @Test
  void takesLeavesThatAreHereFromHere() throws Exception {
    SignedNar before = tree(1);
    SignedNar after = SignedNar.of(2, List.of(SignedNar.noiseOf(107, 700_000), Bytes.utf8("new")));
    for (Cid cid : before.cids()) {
      node.blocks.accept(new Block(cid, before.blocks().load(cid)));
    }
    node.peers.add().has(after);
    assertThat(node.fetch(after)).isEqualTo(after.nar());
    assertThat(node.peers.bytesSent()).isLessThan(20_000);
    assertThat(node.substituter.transfers().getFirst().localBytes()).isEqualTo(700_000);
  }

  @Test
  void givesARange() throws Exception {
    SignedNar object = tree(1);
    node.peers.add().has(object);
    for (long from : new long[] {1, 96, 131_072, object.nar().size() - 1}) {
      assertThat(node.fetch(object, from, object.nar().size()))
          .isEqualTo(object.nar().slice((int) from, object.nar().size()));
    }
  }

  @Test
  void fetchesOnlyTheRangeOnceTheViewIsProved() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    node.peers.add().has(object);
    node.fetch(object);
    long before = node.peers.bytesSent();
    assertThat(node.fetch(object, LARGE / 2, LARGE / 2 + 10))
        .isEqualTo(object.nar().slice(LARGE / 2, LARGE / 2 + 10));
    assertThat(node.peers.bytesSent() - before).isLessThan(LARGE / 2);
  }

  @Test
  void goesOnFromAnotherPeerAtTheSameByte() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    node.peers.add().has(object).blocksLeft = 10;
    node.peers.add().has(object);
    node.learn(object, 2);
    assertThat(node.fetch(object)).isEqualTo(object.nar());
  }

  @Test
  void goesOnByAnotherViewAtTheSameByte() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    SignedNar otherwise = object.asPlainFile();
    node.peers.add().has(object).blocksLeft = 10;
    node.peers.add().has(object).blocksLeft = 10;
    node.peers.add().has(otherwise);
    assertThat(otherwise.views()).isNotEqualTo(object.views());
    node.learn(object, 3);
    assertThat(node.fetch(object)).isEqualTo(object.nar());
  }

  @Test
  void goesOnWhenAPeerIsBack() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    FakePeers.FakePeer peer = node.peers.add().has(object);
    peer.blocksLeft = 10;
    peer.hook =
        request -> {
          // The third time that it is called it has its cable again.
          if (peer.requests.size() > 3) {
            peer.comesWhenCalled = true;
          }
        };
    assertThat(node.fetch(object)).isEqualTo(object.nar());
    assertThat(peer.requests.size()).isGreaterThan(3);
  }

  @Test
  void failsCleanlyWhenNobodyComesBack(@TempDir Path other) throws Exception {
    FetchSettings impatient = impatient();
    try (FetchingNode hasty = new FetchingNode(other, impatient)) {
      SignedNar object = SignedNar.noise(1, LARGE);
      hasty.peers.add().has(object).blocksLeft = 10;
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      assertThatThrownBy(
              () ->
                  hasty
                      .nar(object)
                      .orElseThrow()
                      .writeTo(ByteTarget.of(out), 0, object.nar().size()))
          .isInstanceOf(AbsentException.class);
      assertThat(Bytes.owning(out.toByteArray())).isEqualTo(object.nar().slice(0, out.size()));
      assertThat(out.size()).isPositive().isLessThan(object.nar().size());
      assertThat(hasty.substituter.transfers().getFirst().state()).isEqualTo(Transfer.State.FAILED);
    }
  }

  private static FetchSettings impatient() {
    FetchSettings quick = FetchingNode.QUICK;
    return new FetchSettings(
        quick.lookUp(),
        quick.absence(),
        quick.quiet(),
        quick.remembered(),
        quick.views(),
        Duration.ofMillis(200),
        quick.pause(),
        quick.idle());
  }

  @Test
  void givesUpSoonWhenPeersThatAreThereLackBlocks() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    node.peers.add().says(object.found());
    assertThatThrownBy(() -> node.fetch(object)).isInstanceOf(AbsentException.class);
  }

  @Test
  void neverEndsAWrongNarAndBlamesWhoGaveTheView() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    SignedNar wrong = object.withViewsOf(SignedNar.noise(9, LARGE));
    FakePeers.FakePeer liar = node.peers.add().has(wrong);
    failsAsWrong(object);
    assertThat(node.peers.penaltiesOf(liar)).containsExactly(Misbehaviour.LIE);
  }

  /** Who has had bytes learns that they are wrong; who has had none, that nobody else has any. */
  private void failsAsWrong(SignedNar object) throws Exception {
    ByteSource nar = node.nar(object).orElseThrow();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Throwable failure = catchThrowable(() -> nar.writeTo(ByteTarget.of(out), 0, nar.size()));
    assertThat(failure)
        .isInstanceOf(out.size() > 0 ? IntegrityException.class : AbsentException.class);
    assertThat(out.size()).isLessThan(object.nar().size());
  }

  @Test
  void doesNotUseAFalseViewAgain() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    SignedNar wrong = object.withViewsOf(SignedNar.noise(9, LARGE));
    node.peers.add().has(wrong);
    failsAsWrong(object);
    node.peers.add().has(wrong);
    FakePeers.FakePeer honest = node.peers.add().has(object);
    assertThat(node.fetch(object)).isEqualTo(object.nar());
    assertThat(node.peers.penaltiesOf(honest)).isEmpty();
  }

  @Test
  void triesTheNextViewWhenOneHasAnotherSize() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    SignedNar wrong = object.withViewsOf(SignedNar.noise(9, LARGE + 8));
    FakePeers.FakePeer liar = node.peers.add().has(wrong);
    FakePeers.FakePeer other = node.peers.add().has(wrong);
    FakePeers.FakePeer honest = node.peers.add().has(object);
    node.learn(object, 3);
    assertThat(node.fetch(object)).isEqualTo(object.nar());
    assertThat(node.peers.penaltiesOf(liar)).containsExactly(Misbehaviour.LIE);
    assertThat(node.peers.penaltiesOf(other)).containsExactly(Misbehaviour.LIE);
    assertThat(node.peers.penaltiesOf(honest)).isEmpty();
  }

  /** A peer that lies and leaves half way must not have another one blamed. */
  @Test
  void blamesNobodyWhenItCannotBeKnownWhoWasWrong() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    SignedNar wrong = object.withViewsOf(SignedNar.noise(9, LARGE));
    FakePeers.FakePeer liar = node.peers.add().has(wrong);
    liar.blocksLeft = 10;
    node.peers.add().has(wrong).blocksLeft = 0;
    FakePeers.FakePeer honest = node.peers.add().has(object);
    node.learn(object, 3);
    assertThatThrownBy(() -> node.fetch(object)).isInstanceOf(IntegrityException.class);
    assertThat(node.peers.penaltiesOf(honest)).isEmpty();
    assertThat(node.fetch(object)).isEqualTo(object.nar());
  }

  @Test
  void waitsForViewsThatAreComputed() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    FakePeers.FakePeer peer = node.peers.add().holds(object).says(object.foundWithoutViews());
    peer.hook =
        request -> {
          if (!request.viewsWithin().isZero()) {
            peer.says(object.found());
          }
        };
    assertThat(node.narInfo(object)).isPresent();
    assertThat(node.fetch(object)).isEqualTo(object.nar());
  }

  @Test
  void givesUpOnAPeerThatComputesNoViews() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    node.peers.add().holds(object).says(object.foundWithoutViews());
    assertThatThrownBy(() -> node.fetch(object)).isInstanceOf(AbsentException.class);
  }

  @Test
  void letsAPeerThatConnectsTakePart() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    FakePeers.FakePeer first = node.peers.add().has(object);
    first.blocksLeft = 10;
    FakePeers.FakePeer second = node.peers.add().has(object);
    second.connected = false;
    AtomicBoolean came = new AtomicBoolean();
    node.peers.beforeBlock =
        () -> {
          if (!came.getAndSet(true)) {
            second.come();
            awaitMember(second);
          }
        };
    assertThat(node.fetch(object)).isEqualTo(object.nar());
    assertThat(node.peers.sessions).hasSize(1);
  }

  @Test
  void letsAPeerTakePartThatComputesTheViewMeanwhile() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    node.peers.add().has(object);
    FakePeers.FakePeer later = node.peers.add().holds(object).says(object.foundWithoutViews());
    AtomicInteger asked = new AtomicInteger();
    later.hook =
        request -> {
          if (!request.viewsWithin().isZero() && asked.incrementAndGet() > 1) {
            later.says(object.found());
          }
        };
    node.peers.beforeBlock = () -> awaitMember(later);
    assertThat(node.fetch(object)).isEqualTo(object.nar());
    assertThat(node.peers.sessions).hasSize(1);
  }

  @Test
  void asksForNoViewsForATransferThatIsOver() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    node.peers.add().has(object);
    FakePeers.FakePeer never = node.peers.add().holds(object).says(object.foundWithoutViews());
    AtomicBoolean waits = new AtomicBoolean();
    never.hook = request -> waits.compareAndSet(false, !request.viewsWithin().isZero());
    node.peers.beforeBlock = () -> Awaiting.until(waits::get);
    assertThat(node.fetch(object)).isEqualTo(object.nar());
    Awaiting.until(node.substituter.supply().invitations()::awaitsNothing);
  }

  private void awaitMember(FakePeers.FakePeer peer) {
    Awaiting.until(() -> node.peers.sessions.getFirst().peers().contains(peer.id));
  }

  @Test
  void closesTheSessionWhenTheClientIsGone() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    FakePeers.FakePeer peer = node.peers.add().has(object);
    IOException gone = new IOException("the client is gone");
    assertThatThrownBy(
            () ->
                node.nar(object)
                    .orElseThrow()
                    .writeTo(
                        (buffer, from, length) -> {
                          throw gone;
                        },
                        0,
                        object.nar().size()))
        .isSameAs(gone);
    Awaiting.until(() -> node.peers.sessions.getFirst().closed);
    assertThat(node.peers.penaltiesOf(peer)).isEmpty();
  }

  @Test
  void isAbsentUnderAnotherHash() throws IOException, FaultException {
    SignedNar object = SignedNar.noise(1, LARGE);
    SignedNar other = SignedNar.noise(2, LARGE);
    node.peers.add().has(object, other);
    assertThat(node.substituter.nar(other.info().narHash(), Optional.of(object.hashPart())))
        .isEmpty();
  }

  @Test
  void isFoundByItsHashAlone() throws IOException, FaultException {
    SignedNar object = SignedNar.noise(1, LARGE);
    node.peers.add().has(object);
    assertThat(node.substituter.nar(object.info().narHash(), Optional.empty())).isPresent();
  }
}
