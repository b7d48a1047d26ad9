package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.nix.NarInfo;
import spindrift.nix.SecretKey;
import spindrift.nix.Signature;
import spindrift.nix.StoreDir;
import spindrift.p2p.Misbehaviour;

final class PeerLookupTest {
  private final SignedNar object = SignedNar.noise(1, 1000);
  private FetchingNode node;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    node = new FetchingNode(directory);
  }

  @AfterEach
  void close() throws IOException {
    node.close();
  }

  @Test
  void servesANarInfoAsItsSignerWroteItWithAnUncompressedFile() throws Exception {
    node.peers.add().has(object);
    String hash = object.info().narHash().nix32();
    assertThat(node.narInfo(object).orElseThrow())
        .contains("StorePath: /nix/store/" + object.path())
        .contains("URL: nar/" + hash + ".nar?hash=" + object.hashPart() + "\n")
        .contains("Compression: none\n")
        .contains("FileHash: sha256:" + hash + "\n")
        .contains("FileSize: " + object.nar().size() + "\n")
        .contains("Sig: " + object.info().signatureLines().getFirst() + "\n");
  }

  @Test
  void isAbsentAtOnceWithoutPeers() throws Exception {
    assertThat(node.narInfo(object)).isEmpty();
    assertThat(node.nar(object)).isEmpty();
  }

  @Test
  void takesTheFirstAnswerAndNotesTheOthers() throws Exception {
    CountDownLatch slow = new CountDownLatch(1);
    node.peers.add().has(object).hook = request -> slow.await();
    node.peers.add();
    node.peers.add().has(object);
    assertThat(node.narInfo(object)).isPresent();
    slow.countDown();
    node.learn(object, 2);
  }

  @Test
  void doesNotWaitForAPeerThatLatelyDidNotAnswer(@TempDir Path directory) throws Exception {
    FetchSettings usual = FetchingNode.QUICK;
    FetchSettings settings =
        new FetchSettings(
            Duration.ofSeconds(1),
            Duration.ZERO,
            usual.quiet(),
            usual.remembered(),
            usual.views(),
            usual.patience(),
            usual.pause(),
            usual.idle());
    try (FetchingNode hasty = new FetchingNode(directory, settings)) {
      FakePeers.FakePeer silent = hasty.peers.add().has(object);
      CountDownLatch forEver = new CountDownLatch(1);
      silent.hook =
          request -> {
            forEver.await();
            throw new IOException("too late");
          };
      assertThat(hasty.narInfo(object)).isEmpty();
      assertThat(isQuiet(hasty, silent)).as("it still has time to answer").isTrue();
      forEver.countDown();
      assertThat(hasty.narInfo(SignedNar.noise(3, 10))).isEmpty();
      silent.hook = request -> {};
      silent.leave();
      silent.come();
      assertThat(hasty.narInfo(object)).isPresent();
    }
  }

  @Test
  void tellsWhenAPeerIsBackThatDidNotAnswer() throws Exception {
    FakePeers peers = new FakePeers();
    AtomicLong now = new AtomicLong();
    AtomicInteger back = new AtomicInteger();
    PeerIndex index = new PeerIndex(peers, SignedNar.TRUSTED, FetchingNode.QUICK, now::get);
    PeerLookup lookup = new PeerLookup(peers, index, FetchingNode.QUICK, now::get);
    lookup.whenBack(back::incrementAndGet);
    FakePeers.FakePeer busy = peers.add().has(object);
    busy.hook =
        request -> {
          throw new IOException("busy");
        };
    LookupRequest.Key key = new LookupRequest.Key.HashPart(object.hashPart());
    assertThat(lookup.find(key)).isEmpty();
    busy.hook = request -> {};
    assertThat(lookup.find(key)).as("it is left alone").isEmpty();
    assertThat(busy.requests).hasSize(1);
    now.addAndGet(Duration.ofSeconds(2).toNanos());
    // It is asked, and nobody waits for it.
    Optional<KnownObject> _ = lookup.find(key);
    Awaiting.until(() -> back.get() == 1);
    assertThat(lookup.find(key)).isPresent();
    assertThat(back).hasValue(1);
  }

  @Test
  void whatAPeerWasAskedBeforeItLeftDoesNotCount() throws Exception {
    FakePeers peers = new FakePeers();
    PeerIndex index = new PeerIndex(peers, SignedNar.TRUSTED, FetchingNode.QUICK, System::nanoTime);
    PeerLookup lookup = new PeerLookup(peers, index, FetchingNode.QUICK, System::nanoTime);
    peers.addListener(lookup);
    FakePeers.FakePeer restarted = peers.add().has(object);
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch fails = new CountDownLatch(1);
    restarted.hook =
        request -> {
          asked.countDown();
          fails.await();
          throw new IOException("the connection is lost");
        };
    LookupRequest.Key key = new LookupRequest.Key.HashPart(object.hashPart());
    PeerInquiry lost = lookup.ask(key, () -> false, () -> {}).orElseThrow();
    asked.await();
    restarted.leave();
    restarted.come();
    fails.countDown();
    lost.done().await();
    assertThat(lookup.awaited()).containsExactly(restarted.id);
    restarted.hook = request -> {};
    assertThat(lookup.find(key)).isPresent();
  }

  @Test
  void requestsThatFailTogetherCountAsOne() throws Exception {
    FakePeers peers = new FakePeers();
    AtomicLong now = new AtomicLong();
    PeerIndex index = new PeerIndex(peers, SignedNar.TRUSTED, FetchingNode.QUICK, now::get);
    PeerLookup lookup = new PeerLookup(peers, index, FetchingNode.QUICK, now::get);
    FakePeers.FakePeer mute = peers.add();
    CountDownLatch late = new CountDownLatch(1);
    mute.hook =
        request -> {
          late.await();
          throw new IOException("too late");
        };
    for (int i = 1; i <= PeerLookup.MAX_UNDER_WAY; i++) {
      int asked = i;
      assertThat(lookup.ask(key(i), () -> false, () -> {})).isPresent();
      Awaiting.until(() -> mute.requests.size() == asked);
    }
    late.countDown();
    Awaiting.until(() -> lookup.open() == 0);
    now.addAndGet(Duration.ofMillis(999).toNanos());
    assertThat(lookup.ask(key(100), () -> false, () -> {})).isEmpty();
    assertThat(mute.requests).hasSize(PeerLookup.MAX_UNDER_WAY);
    now.addAndGet(Duration.ofMillis(1).toNanos());
    // It is tried, and nobody waits for it; the next time after twice as long.
    assertThat(lookup.ask(key(100), () -> false, () -> {})).isEmpty();
    Awaiting.until(() -> mute.requests.size() == PeerLookup.MAX_UNDER_WAY + 1);
    now.addAndGet(Duration.ofMillis(1999).toNanos());
    assertThat(lookup.ask(key(100), () -> false, () -> {})).isEmpty();
    assertThat(mute.requests).hasSize(PeerLookup.MAX_UNDER_WAY + 1);
  }

  private static LookupRequest.Key key(int seed) {
    return new LookupRequest.Key.HashPart(SignedNar.noise(seed, 10).hashPart());
  }

  /** Asks for what nobody has until that costs no request. */
  private static boolean isQuiet(FetchingNode node, FakePeers.FakePeer peer) {
    int before = peer.requests.size();
    try {
      node.narInfo(SignedNar.noise(before + 100, 10));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    return peer.requests.size() == before;
  }

  @Test
  void refusesWhatNobodyTrustedSigned() throws Exception {
    FakePeers.FakePeer unsigned = node.peers.add();
    unsigned.says(found(object.info().withSignatureLines(List.of())));
    FakePeers.FakePeer others = node.peers.add();
    Signature foreign =
        SecretKey.generate("other-1").sign(object.info().fingerprint(StoreDir.DEFAULT));
    others.says(found(object.info().withSignatureLines(List.of(foreign.render()))));
    assertThat(node.narInfo(object)).isEmpty();
    assertThat(node.nar(object)).isEmpty();
    assertThat(node.peers.penalties).isEmpty();
  }

  @Test
  void punishesForgery() throws Exception {
    SignedNar other = SignedNar.noise(2, 1000);
    NarInfo forged = object.info().withSignatureLines(other.info().signatureLines());
    FakePeers.FakePeer liar = node.peers.add().says(found(forged));
    FakePeers.FakePeer honest = node.peers.add();
    assertThat(node.narInfo(object)).isEmpty();
    Awaiting.until(() -> !node.peers.penaltiesOf(liar).isEmpty());
    assertThat(node.peers.penaltiesOf(liar)).containsExactly(Misbehaviour.LIE);
    assertThat(node.peers.penaltiesOf(honest)).isEmpty();
  }

  @Test
  void dropsSignaturesThatAreWrong() throws Exception {
    Signature foreign =
        SecretKey.generate("other-1").sign(object.info().fingerprint(StoreDir.DEFAULT));
    node.peers.add().says(found(object.info().withSignature(foreign)));
    assertThat(node.narInfo(object).orElseThrow())
        .contains("Sig: test-1:")
        .doesNotContain("other-1");
  }

  private static LookupAnswer.Found found(NarInfo info) {
    return new LookupAnswer.Found(info, Optional.empty(), Optional.empty());
  }

  @Test
  void asksForTheClosureOfWhatItFound() throws Exception {
    SignedNar low = SignedNar.noise(1, 100);
    SignedNar middle = SignedNar.of(2, List.of(Bytes.utf8("middle")), low);
    SignedNar top = SignedNar.of(3, List.of(Bytes.utf8("top")), middle, low);
    FakePeers.FakePeer peer = node.peers.add().has(low, middle, top);
    assertThat(node.narInfo(top)).isPresent();
    Awaiting.until(() -> peer.requests.size() == 2);
    Awaiting.until(() -> node.substituter.supply().index().find(low.hashPart()).isPresent());
    for (SignedNar one : List.of(middle, low)) {
      assertThat(node.narInfo(one)).isPresent();
    }
    assertThat(peer.requests)
        .extracting(LookupRequest::scope)
        .containsExactly(LookupRequest.Scope.OBJECTS, LookupRequest.Scope.CLOSURES);
  }

  @Test
  void servesNothingFromMemoryWhenItsPeersAreGone() throws Exception {
    FakePeers.FakePeer peer = node.peers.add().has(object);
    assertThat(node.narInfo(object)).isPresent();
    peer.leave();
    assertThat(node.narInfo(object)).isEmpty();
    peer.come();
    assertThat(node.narInfo(object)).isPresent();
  }

  @Test
  void remembersAbsenceUntilAPeerConnects() throws Exception {
    FakePeers.FakePeer peer = node.peers.add();
    assertThat(node.narInfo(object)).isEmpty();
    assertThat(node.narInfo(object)).isEmpty();
    assertThat(peer.requests).hasSize(1);
    peer.has(object);
    assertThat(node.narInfo(object)).isEmpty();
    node.peers.add().come();
    assertThat(node.narInfo(object)).isPresent();
  }

  @Test
  void asksOnceForWhatManyWant() throws Exception {
    FakePeers.FakePeer peer = node.peers.add().has(object);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    peer.hook =
        request -> {
          begun.countDown();
          goOn.await();
        };
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Optional<String>>> answers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        answers.add(clients.submit(() -> node.narInfo(object)));
      }
      begun.await();
      goOn.countDown();
      for (Future<Optional<String>> answer : answers) {
        assertThat(answer.get()).isPresent();
      }
    }
    assertThat(peer.requests).hasSize(1);
  }

  @Test
  void asksTogetherWhatComesUpWhileAPeerAnswers() throws Exception {
    FakePeers.FakePeer peer = node.peers.add();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    peer.hook =
        request -> {
          begun.countDown();
          goOn.await();
        };
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Optional<String>>> answers = new ArrayList<>();
      answers.add(clients.submit(() -> node.narInfo(object)));
      begun.await();
      for (int i = 2; i < 40; i++) {
        SignedNar other = SignedNar.noise(i, 10);
        peer.has(other);
        answers.add(clients.submit(() -> node.narInfo(other)));
      }
      Awaiting.until(() -> node.substituter.lookup().open() == 39);
      goOn.countDown();
      for (Future<Optional<String>> answer : answers) {
        answer.get();
      }
    }
    assertThat(peer.requests).hasSizeLessThanOrEqualTo(2 * PeerLookup.MAX_UNDER_WAY);
    assertThat(peer.requests.stream().mapToInt(request -> request.keys().size()).sum())
        .isEqualTo(39);
  }

  @Test
  void asksMoreBeforeAPeerHasAnsweredTheFirst() throws Exception {
    FakePeers.FakePeer peer = node.peers.add();
    CountDownLatch goOn = new CountDownLatch(1);
    peer.hook = request -> goOn.await();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Optional<String>>> answers = new ArrayList<>();
      for (int i = 1; i <= PeerLookup.MAX_UNDER_WAY; i++) {
        int asked = i;
        SignedNar one = SignedNar.noise(i, 10);
        peer.has(one);
        answers.add(clients.submit(() -> node.narInfo(one)));
        Awaiting.until(() -> peer.requests.size() == asked);
      }
      SignedNar last = SignedNar.noise(100, 10);
      peer.has(last);
      answers.add(clients.submit(() -> node.narInfo(last)));
      Awaiting.until(() -> node.substituter.lookup().open() == PeerLookup.MAX_UNDER_WAY + 1);
      assertThat(peer.requests).hasSize(PeerLookup.MAX_UNDER_WAY);
      goOn.countDown();
      for (Future<Optional<String>> answer : answers) {
        assertThat(answer.get()).isPresent();
      }
    }
  }
}
