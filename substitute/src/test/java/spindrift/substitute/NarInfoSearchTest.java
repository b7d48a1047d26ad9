package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.catalog.TrustPolicy;
import spindrift.catalog.TrustRules;
import spindrift.nix.NarInfo;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.substitute.LookupReport.Kind;

/** Look-ups over peers and upstreams at once. */
final class NarInfoSearchTest {
  private final SignedNar object = SignedNar.noise(1, 1000);
  private final SignedNar other = SignedNar.noise(2, 1000);
  private final FakeUpstream near = new FakeUpstream("https://near", 10);
  private final FakeUpstream far = new FakeUpstream("https://far", 50);
  private final CountDownLatch forEver = new CountDownLatch(1);
  @TempDir Path directory;

  @AfterEach
  void letGo() {
    forEver.countDown();
  }

  private SearchingNode open(FakeUpstream... upstreams) throws IOException {
    return new SearchingNode(directory, SearchingNode.PATIENT, upstreams);
  }

  private static LookupSettings hasty() {
    return SearchingNode.PATIENT.withDeadline(Duration.ofMillis(100));
  }

  @Test
  void pointsNixAtTheNodesOwnNar() throws Exception {
    try (SearchingNode node = open(near.has(object))) {
      String hash = object.info().narHash().nix32();
      assertThat(node.narInfo(object).orElseThrow())
          .contains("URL: nar/" + hash + ".nar?hash=" + object.hashPart() + "\n")
          .contains("Compression: none\n")
          .contains("Sig: " + object.info().signatureLines().getFirst() + "\n");
    }
  }

  @Test
  void whatIsHereIsNotLostToTheDeadline() throws Exception {
    FolderStore store = new FolderStore(directory);
    StorePath path = store.add(LookupNode.path('a'), Bytes.utf8("here"), List.of()).path();
    CountDownLatch busy = new CountDownLatch(1);
    store.before = () -> Awaiting.until(() -> busy.getCount() == 0);
    near.until(forEver);
    try (SearchingNode node =
            new SearchingNode(directory, hasty(), SignedNar.TRUSTED, Optional.of(store), near);
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Optional<Bytes>> answer =
          clients.submit(() -> node.substituter.narInfoText(path.hashPart()));
      // Others have all their time meanwhile.
      assertThat(node.substituter.lookUp(path.hashPart()).outcome()).isEqualTo("absent");
      assertThat(answer).isNotDone();
      busy.countDown();
      assertThat(answer.get()).isPresent();
    }
  }

  @Test
  void takesTheFirstAnswerWhoeverIsSilent() throws Exception {
    near.until(forEver);
    try (SearchingNode node = open(near, far.has(object))) {
      node.peers.add().hook = request -> forEver.await();
      assertThat(node.narInfo(object)).isPresent();
      assertThat(node.kind("https://near")).isEqualTo(Kind.LATE);
      assertThat(node.kind("https://far")).isEqualTo(Kind.FOUND);
    }
  }

  @Test
  void isAbsentAsSoonAsTheLastHasSaidSo() throws Exception {
    CountDownLatch last = new CountDownLatch(1);
    far.until(last);
    try (SearchingNode node = open(near, far);
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      node.peers.add();
      Future<Optional<String>> answer = clients.submit(() -> node.narInfo(object));
      Awaiting.until(() -> far.askedFor(object) == 1);
      assertThat(answer).isNotDone();
      last.countDown();
      assertThat(answer.get()).isEmpty();
      assertThat(node.reports.getLast().outcome()).isEqualTo("absent");
    }
  }

  @Test
  void remembersThatNobodyHasItUntilAPeerComes() throws Exception {
    try (SearchingNode node = open(near, far)) {
      FakePeers.FakePeer peer = node.peers.add();
      assertThat(node.narInfo(object)).isEmpty();
      assertThat(node.narInfo(object)).isEmpty();
      assertThat(peer.requests).hasSize(1);
      assertThat(near.askedFor(object)).isEqualTo(1);
      node.peers.add().has(object).come();
      assertThat(node.narInfo(object)).isPresent();
    }
  }

  @Test
  void forgetsAbsencesWhenTheNetworkChanges() throws Exception {
    try (SearchingNode node = open(near)) {
      assertThat(node.narInfo(object)).isEmpty();
      near.has(object);
      assertThat(node.narInfo(object)).isEmpty();
      node.substituter.networkChanged();
      assertThat(node.narInfo(object)).isPresent();
    }
  }

  @Test
  void doesNotRememberAbsenceWhenSomebodyFailed() throws Exception {
    near.hook =
        what -> {
          throw new IOException("out of order");
        };
    try (SearchingNode node = open(near, far)) {
      assertThat(node.narInfo(object)).isEmpty();
      assertThat(node.kind("https://near")).isEqualTo(Kind.FAILED);
      far.has(object);
      near.has(object).hook = what -> {};
      assertThat(node.narInfo(object)).isPresent();
    }
  }

  @Test
  void triesAgainAfterAnError() throws Exception {
    near.has(object).hook =
        what -> {
          if (near.askedFor(object) == 1) {
            throw new IOException("connection reset");
          }
        };
    try (SearchingNode node = open(near, far)) {
      assertThat(node.narInfo(object)).isPresent();
      assertThat(near.askedFor(object)).isEqualTo(2);
    }
  }

  @Test
  void anAnswerThatComesTooLateIsRemembered() throws Exception {
    near.has(object).until(forEver);
    try (SearchingNode node = new SearchingNode(directory, hasty(), near)) {
      assertThat(node.narInfo(object)).isEmpty();
      assertThat(node.kind("https://near")).isEqualTo(Kind.LATE);
      forEver.countDown();
      Awaiting.until(() -> isPresent(node, object));
      assertThat(near.askedFor(object)).isEqualTo(1);
    }
  }

  private static boolean isPresent(SearchingNode node, SignedNar object) {
    try {
      return node.narInfo(object).isPresent();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void nobodyWaitsForASilentSourceAgain() throws Exception {
    try (SearchingNode node = new SearchingNode(directory, hasty(), near, far)) {
      Awaiting.until(() -> node.substituter.lookups().health().isProven("https://near"));
      near.until(forEver);
      assertThat(node.narInfo(object)).isEmpty();
      assertThat(node.narInfo(other)).isEmpty();
      assertThat(node.kind("https://near")).isEqualTo(Kind.SKIPPED);
      assertThat(near.askedFor(other)).isZero();
      node.substituter.networkChanged();
      assertThat(node.narInfo(object)).isEmpty();
      assertThat(near.askedFor(object)).isEqualTo(2);
    }
  }

  @Test
  void asksOnceForWhatManyWant() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    near.has(object).until(goOn);
    try (SearchingNode node = open(near);
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Optional<String>>> answers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        answers.add(clients.submit(() -> node.narInfo(object)));
      }
      Awaiting.until(() -> near.askedFor(object) == 1);
      goOn.countDown();
      for (Future<Optional<String>> answer : answers) {
        assertThat(answer.get()).isPresent();
      }
      assertThat(near.askedFor(object)).isEqualTo(1);
      assertThat(node.reports).hasSize(1);
    }
  }

  @Test
  void asksOneUpstreamForSoMuchAtOnceAndNoMore() {
    CountDownLatch goOn = new CountDownLatch(1);
    near.until(goOn);
    LookupSettings settings = SearchingNode.PATIENT;
    ObservedHealth health = new ObservedHealth(settings, () -> 0, () -> 0, () -> {});
    UpstreamMemory memory = new UpstreamMemory(settings, () -> 0);
    try (UpstreamLookup lookup =
        new UpstreamLookup(List.of(near), health, memory, settings, () -> 0)) {
      List<UpstreamInquiry> inquiries = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        inquiries.add(lookup.inquire("%032d".formatted(i), any -> false, () -> {}));
      }
      Awaiting.until(() -> near.asked.size() == UpstreamLookup.MAX_AT_ONCE);
      goOn.countDown();
      Awaiting.until(() -> inquiries.stream().allMatch(UpstreamInquiry::haveAllAnswered));
      assertThat(near.asked).hasSize(100);
    }
  }

  @Test
  void refusesWhatNobodyTrustedSignedAndTakesItFromAnother() throws Exception {
    NarInfo unsigned = object.info().withSignatureLines(List.of());
    try (SearchingNode node = open(near.says(unsigned), far)) {
      assertThat(node.narInfo(object)).isEmpty();
      assertThat(node.reports.getLast().outcome()).isEqualTo("refused");
      assertThat(node.reports.getLast().path()).contains(object.path());
      node.peers.add().has(object).come();
      assertThat(node.narInfo(object)).isPresent();
    }
  }

  @Test
  void aNarInfoOfAnotherPathIsAFailure() throws Exception {
    near.infos.put(object.hashPart(), other.info());
    far.hook =
        what -> {
          throw new MalformedDataException("narinfo", 0, "not one");
        };
    try (SearchingNode node = open(near, far)) {
      assertThat(node.narInfo(object)).isEmpty();
      assertThat(node.kind("https://near")).isEqualTo(Kind.FAILED);
      assertThat(node.kind("https://far")).isEqualTo(Kind.FAILED);
    }
  }

  @Test
  void whatWasSignedOnAnotherDayIsBelievedWhileSomebodyOffersIt() throws Exception {
    NarInfo unsigned = object.info().withSignatureLines(List.of());
    try (SearchingNode node = open(near.has(object))) {
      assertThat(node.narInfo(object)).isPresent();
    }
    near.infos.clear();
    try (SearchingNode node = open(near)) {
      assertThat(node.narInfo(object)).isEmpty();
      node.peers
          .add()
          .says(new LookupAnswer.Found(unsigned, Optional.empty(), Optional.empty()))
          .come();
      assertThat(node.narInfo(object).orElseThrow()).contains("Sig: test-1:");
      assertThat(node.kind(NarInfoSearch.OFFLINE)).isEqualTo(Kind.FOUND);
    }
  }

  @Test
  void signaturesAreGatheredFromAllSourcesAndOtherDays() throws Exception {
    SecretKey second = SecretKey.generate("second-1");
    NarInfo unsigned = object.info().withSignatureLines(List.of());
    far.says(unsigned.withSignature(second.sign(unsigned.fingerprint(StoreDir.DEFAULT))));
    TrustPolicy both =
        new TrustPolicy(
            new TrustRules(
                List.of(SignedNar.KEY.publicKey(), second.publicKey()), 2, List.of(), Map.of()),
            StoreDir.DEFAULT);
    try (SearchingNode node = open(both)) {
      assertThat(node.narInfo(object)).isEmpty();
      near.has(object);
      node.substituter.networkChanged();
      assertThat(node.narInfo(object).orElseThrow())
          .contains("Sig: test-1:")
          .contains("Sig: second-1:");
    }
    far.infos.clear();
    try (SearchingNode node = open(both)) {
      assertThat(node.narInfo(object)).isPresent();
    }
  }

  private SearchingNode open(TrustPolicy policy) throws IOException {
    return new SearchingNode(directory, SearchingNode.PATIENT, policy, near, far);
  }

  @Test
  void aPeerTellsTheClosureOfWhatItHasUnasked() throws Exception {
    SignedNar top = SignedNar.of(3, List.of(Bytes.utf8("top")), object);
    try (SearchingNode node = open(near)) {
      FakePeers.FakePeer peer = node.peers.add().has(object, top);
      assertThat(node.narInfo(top)).isPresent();
      Awaiting.until(
          () ->
              peer.requests.stream()
                  .anyMatch(request -> request.scope() == LookupRequest.Scope.CLOSURES));
      assertThat(node.narInfo(object)).isPresent();
    }
  }

  @Test
  void theClosureIsAskedForAhead() throws Exception {
    SignedNar middle = SignedNar.of(3, List.of(Bytes.utf8("middle")), object, other);
    SignedNar top = SignedNar.of(4, List.of(Bytes.utf8("top")), middle);
    near.has(object, other, middle, top);
    LookupSettings ahead = SearchingNode.PATIENT.withLookAhead(LookupSettings.LookAhead.ON);
    try (SearchingNode node = new SearchingNode(directory, ahead, near)) {
      assertThat(node.narInfo(top)).isPresent();
      Awaiting.until(
          () ->
              node.substituter.lookups().lookAhead().underWay() == 0 && near.askedFor(other) == 1);
      near.hook =
          what -> {
            throw new IOException("nobody should ask");
          };
      LookAhead lookAhead = node.substituter.lookups().lookAhead();
      assertThat(lookAhead.wasAbsentHere(top.hashPart())).isFalse();
      for (SignedNar one : List.of(middle, object, other)) {
        assertThat(lookAhead.wasAbsentHere(one.hashPart())).isTrue();
        assertThat(node.narInfo(one)).isPresent();
        assertThat(near.askedFor(one)).isEqualTo(1);
      }
    }
  }

  @Test
  void whoHasWhatRefersToAPathSparesTheOthersTheQuestion() throws Exception {
    SignedNar top = SignedNar.of(3, List.of(Bytes.utf8("top")), object, other);
    FakeUpstream preferred = new FakeUpstream("https://preferred", 1);
    FakeUpstream last = new FakeUpstream("https://last", 90);
    try (SearchingNode node = open(preferred, near.has(top, object), last.has(other))) {
      assertThat(node.narInfo(top)).isPresent();
      Awaiting.until(() -> last.askedFor(top) == 1);
      assertThat(node.narInfo(object)).isPresent();
      assertThat(preferred.askedFor(object)).isEqualTo(1);
      assertThat(last.askedFor(object)).isZero();
      assertThat(node.narInfo(other)).isPresent();
      assertThat(near.askedFor(other)).isEqualTo(1);
      assertThat(last.askedFor(other)).isEqualTo(1);
    }
  }

  /** A path that refers to many others, which refer to nothing. */
  private static List<SignedNar> closure(int paths) {
    List<SignedNar> closure = new ArrayList<>();
    for (int number = 1; number < paths; number++) {
      closure.add(SignedNar.noise(100 + number, 10));
    }
    SignedNar[] references = closure.toArray(SignedNar[]::new);
    closure.addFirst(SignedNar.of(99, List.of(Bytes.utf8("root")), references));
    return closure;
  }

  @Test
  void whoIsPreferredButHasNothingOfAClosureIsHardlyAskedForIt() throws Exception {
    List<SignedNar> closure = closure(100);
    FakeUpstream part = new FakeUpstream("https://part", 5);
    near.has(closure.get(90));
    part.has(closure.get(3), closure.get(10));
    far.has(closure.toArray(SignedNar[]::new));
    try (SearchingNode node = open(near, part, far)) {
      for (SignedNar one : closure) {
        assertThat(node.narInfo(one)).isPresent();
        awaitLastAnswer(node);
      }
      assertThat(narInfosAskedOf(far)).isEqualTo(100);
      assertThat(narInfosAskedOf(near)).isEqualTo(1 + VainQuestions.MANY + 2);
      assertThat(narInfosAskedOf(part)).isEqualTo(11 + VainQuestions.MANY + 2);
      assertThat(node.reports.getLast().answers())
          .as("who was not asked is not said to have answered")
          .extracting(LookupReport.Answer::source)
          .contains("https://far")
          .doesNotContain("https://near");
      SignedNar root = SignedNar.of(98, List.of(Bytes.utf8("another")), closure.getFirst());
      near.has(root, closure.get(90));
      long before = narInfosAskedOf(near);
      assertThat(node.narInfo(root)).isPresent();
      assertThat(narInfosAskedOf(near)).isEqualTo(before + 1);
    }
  }

  /** Who is not waited for answers all the same. */
  private static void awaitLastAnswer(SearchingNode node) {
    UpstreamLookup asking = (UpstreamLookup) node.substituter.lookups().offers();
    Awaiting.until(() -> asking.underWay() == 0);
  }

  private static long narInfosAskedOf(FakeUpstream upstream) {
    return upstream.asked.stream().filter(StorePath::isHashPart).count();
  }

  @Test
  void whoHadNothingIsAskedAtOnceWhenTheOthersHaveNothingEither() throws Exception {
    List<SignedNar> closure = closure(60);
    far.has(closure.subList(0, 50).toArray(SignedNar[]::new));
    near.has(closure.subList(50, 60).toArray(SignedNar[]::new));
    try (SearchingNode node = open(near, far)) {
      for (SignedNar one : closure) {
        assertThat(node.narInfo(one)).isPresent();
        awaitLastAnswer(node);
      }
      assertThat(closure.subList(50, 60)).allMatch(one -> near.askedFor(one) == 1);
      assertThat(narInfosAskedOf(near)).isLessThan(40);
    }
  }

  @Test
  void allAreAskedForAClosureWhereManyHaveToSign() throws Exception {
    SecretKey second = SecretKey.generate("second-1");
    TrustPolicy both =
        new TrustPolicy(
            new TrustRules(
                List.of(SignedNar.KEY.publicKey(), second.publicKey()), 2, List.of(), Map.of()),
            StoreDir.DEFAULT);
    List<SignedNar> closure = closure(40);
    for (SignedNar one : closure) {
      NarInfo unsigned = one.info().withSignatureLines(List.of());
      near.says(unsigned.withSignature(second.sign(unsigned.fingerprint(StoreDir.DEFAULT))));
    }
    far.has(closure.toArray(SignedNar[]::new));
    try (SearchingNode node = open(both)) {
      for (SignedNar one : closure) {
        assertThat(node.narInfo(one).orElseThrow())
            .contains("Sig: test-1:")
            .contains("Sig: second-1:");
      }
    }
  }

  @Test
  void nobodyWaitsLongForTheOneThatIsLikelyToHaveAPath() throws Exception {
    SignedNar top = SignedNar.of(3, List.of(Bytes.utf8("top")), object);
    CountDownLatch never = new CountDownLatch(1);
    near.has(top);
    LookupSettings soon = SearchingNode.PATIENT.withLate(Duration.ofMillis(1));
    try (SearchingNode node = new SearchingNode(directory, soon, near, far.has(object))) {
      assertThat(node.narInfo(top)).isPresent();
      near.until(never);
      assertThat(node.narInfo(object)).isPresent();
      assertThat(node.kind("https://near")).isEqualTo(LookupReport.Kind.LATE);
      never.countDown();
    }
  }

  @Test
  void theOthersAreAskedWhenTheOnlyOneIsOfNoUse() throws Exception {
    SignedNar top = SignedNar.of(3, List.of(Bytes.utf8("top")), object);
    try (SearchingNode node = open(near.has(top, object), far.has(object))) {
      assertThat(node.narInfo(top)).isPresent();
      assertThat(node.narInfo(object)).isPresent();
      UpstreamOffers offers = node.substituter.lookups().offers();
      assertThat(offers.offers(object.info(), _ -> true)).isNotEmpty();
      assertThat(offers.offers(object.info(), offer -> offer.upstream().equals(far))).hasSize(2);
      assertThat(far.askedFor(object)).isEqualTo(1);
    }
  }

  @Test
  void offersComeInTheOrderOfPreference() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    near.has(object).until(goOn);
    try (SearchingNode node = open(far.has(object), near)) {
      assertThat(node.substituter.lookups().offers().offers(object.info(), _ -> true))
          .extracting(UpstreamOffer::upstream)
          .containsExactly(far);
      goOn.countDown();
      Awaiting.until(() -> offers(node) == 2);
      assertThat(node.substituter.lookups().offers().offers(object.info(), _ -> true))
          .extracting(offer -> offer.upstream().name())
          .containsExactly("https://near", "https://far");
      assertThat(near.askedFor(object)).isEqualTo(1);
      node.substituter.lookups().finder().refute(object.info());
      near.infos.clear();
      assertThat(node.substituter.lookups().offers().offers(object.info(), _ -> true))
          .extracting(UpstreamOffer::upstream)
          .containsExactly(far);
    }
  }

  @Test
  void whoLiedIsNotPreferredAnyMore() throws Exception {
    try (SearchingNode node = open(near.has(object, other), far.has(object))) {
      ObservedHealth health = node.substituter.lookups().health();
      health.lied("https://near");
      node.substituter.networkChanged();
      assertThat(node.narInfo(object)).isPresent();
      Awaiting.until(() -> offers(node) == 2);
      assertThat(node.substituter.lookups().offers().known(object.info()))
          .extracting(UpstreamOffer::upstream)
          .containsExactly(far, near);
      assertThat(node.narInfo(other)).as("what nobody else has").isPresent();
      assertThat(node.reports.getLast().answers())
          .anySatisfy(answer -> assertThat(answer.detail()).contains("wrong NAR lately"));
    }
  }

  private int offers(SearchingNode node) {
    try {
      return node.substituter.lookups().offers().offers(object.info(), _ -> true).size();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
