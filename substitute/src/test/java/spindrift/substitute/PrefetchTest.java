package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.ipld.Cid;
import spindrift.p2p.Misbehaviour;

final class PrefetchTest {
  private FetchingNode node;

  private static final long MAX_BYTES = 24L << 20;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    node = open(directory, FetchingNode.QUICK);
  }

  private static FetchingNode open(Path directory, FetchSettings settings) throws IOException {
    AssemblySettings usual = AssemblySettings.DEFAULTS;
    return new FetchingNode(
        directory,
        settings,
        new AssemblySettings(
            usual.stall(), usual.tick(), usual.linger(), usual.heldBackBytes(), MAX_BYTES),
        UpstreamOffers.none());
  }

  @AfterEach
  void close() throws IOException {
    node.close();
  }

  /** Each refers to the one before it. */
  private static List<SignedNar> chain(int count, int size) {
    List<SignedNar> chain = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<Bytes> files = List.of(SignedNar.noiseOf(i, size));
      chain.add(i == 0 ? SignedNar.of(i, files) : SignedNar.of(i, files, chain.getLast()));
    }
    return chain;
  }

  private void askForAll(List<SignedNar> objects) throws Exception {
    for (SignedNar object : objects.reversed()) {
      assertThat(node.narInfo(object)).isPresent();
    }
  }

  private void awaitBytes(long bytes) {
    Awaiting.until(() -> node.peers.bytesSent() >= bytes);
  }

  @Test
  void fetchesAClosureBeforeItIsAskedFor() throws Exception {
    List<SignedNar> chain = chain(30, 20_000);
    FakePeers.FakePeer peer = node.peers.add().has(chain.toArray(SignedNar[]::new));
    askForAll(chain);
    awaitBytes(30 * 20_000);
    Awaiting.until(() -> node.substituter.nars().prefetch().isAtRest());
    peer.leave();
    for (SignedNar object : chain) {
      assertThat(node.fetch(object)).isEqualTo(object.nar());
    }
    assertThat(node.substituter.transfers()).hasSize(30);
    assertThat(node.substituter.transfers().getFirst().sources().getFirst().name())
        .isEqualTo(peer.id.toString());
  }

  @Test
  void letsPeersTakePartThatComputeTheViewsMeanwhile() throws Exception {
    List<SignedNar> chain = chain(30, 20_000);
    node.peers.add().has(chain.toArray(SignedNar[]::new));
    FakePeers.FakePeer later = node.peers.add();
    chain.forEach(object -> later.holds(object).says(object.foundWithoutViews()));
    later.hook =
        request -> {
          if (!request.viewsWithin().isZero()) {
            chain.forEach(object -> later.says(object.found()));
          }
        };
    node.peers.beforeBlock =
        () -> Awaiting.until(() -> node.peers.sessions.getFirst().peers().contains(later.id));
    askForAll(chain);
    awaitBytes(30 * 20_000);
  }

  @Test
  void fetchesLittleForWhoOnlyLooks() throws Exception {
    List<SignedNar> chain = chain(16, 1_800_000);
    node.peers.add().has(chain.toArray(SignedNar[]::new));
    askForAll(chain);
    awaitBytes(1_800_000);
    Awaiting.until(() -> node.substituter.nars().prefetch().isAtRest());
    assertThat(node.peers.bytesSent())
        .isLessThan(Prefetch.MAX_UNASKED_BYTES + 16 * Prefetch.UNASKED_BYTES_EACH);
  }

  @Test
  void fetchesNothingForWhoWantsToKnowSomething() throws Exception {
    List<SignedNar> chain = chain(3, 20_000);
    node.peers.add().has(chain.toArray(SignedNar[]::new));
    askForAll(chain);
    assertThat(node.peers.sessions).isEmpty();
  }

  @Test
  void fetchesWhatOthersNeedFirst() throws Exception {
    List<SignedNar> chain = chain(20, 1_800_000);
    node.peers.add().has(chain.toArray(SignedNar[]::new));
    askForAll(chain);
    node.fetch(chain.getFirst());
    awaitBytes(12 * 1_800_000);
    Awaiting.until(() -> node.substituter.nars().prefetch().isAtRest());
    List<Cid> came = node.peers.sessions.stream().flatMap(one -> one.order.stream()).toList();
    assertThat(came).containsAll(leavesOf(chain.get(1))).containsAll(leavesOf(chain.get(12)));
    assertThat(came).doesNotContainAnyElementsOf(leavesOf(chain.get(19)));
  }

  private static List<Cid> leavesOf(SignedNar object) {
    return object.cids().stream().filter(cid -> cid.codec() == Cid.RAW).toList();
  }

  @Test
  void holdsNoMoreThanItMay() throws Exception {
    List<SignedNar> chain = chain(20, 1_800_000);
    node.peers.add().has(chain.toArray(SignedNar[]::new));
    askForAll(chain);
    node.fetch(chain.getFirst());
    Awaiting.until(() -> node.substituter.nars().prefetch().isAtRest());
    assertThat(node.peers.bytesSent()).isLessThan(15 * 1_800_000);
    for (SignedNar object : chain.subList(1, 20)) {
      assertThat(node.fetch(object)).isEqualTo(object.nar());
    }
    assertThat(node.peers.bytesSent()).isLessThan(21 * 1_800_000);
  }

  @Test
  void givesUpWhenTheClientDoesNotCome(@TempDir Path directory) throws Exception {
    FetchSettings usual = FetchingNode.QUICK;
    FetchSettings settings =
        new FetchSettings(
            usual.lookUp(),
            usual.absence(),
            usual.quiet(),
            usual.remembered(),
            usual.views(),
            usual.patience(),
            usual.pause(),
            Duration.ofMillis(50));
    try (FetchingNode other = open(directory, settings)) {
      List<SignedNar> chain = chain(5, 20_000);
      FakePeers.FakePeer peer = other.peers.add().has(chain.toArray(SignedNar[]::new));
      for (SignedNar object : chain) {
        other.narInfo(object);
      }
      other.fetch(chain.getFirst());
      Awaiting.until(() -> other.substituter.nars().prefetch().isEmpty());
      Awaiting.until(() -> other.peers.sessions.stream().allMatch(session -> session.closed));
      assertThat(other.fetch(chain.getLast())).isEqualTo(chain.getLast().nar());
      assertThat(other.peers.penaltiesOf(peer)).isEmpty();
    }
  }

  @Test
  void findsOutWhoLied() throws Exception {
    List<SignedNar> chain = chain(2, 20_000);
    SignedNar wrong = chain.getLast().withViewsOf(SignedNar.noise(9, 20_000));
    FakePeers.FakePeer liar = node.peers.add().has(chain.getFirst(), wrong);
    node.peers.add().has(chain.getFirst());
    askForAll(chain);
    node.fetch(chain.getFirst());
    Awaiting.until(() -> !node.peers.penaltiesOf(liar).isEmpty());
    assertThat(node.peers.penaltiesOf(liar)).containsExactly(Misbehaviour.LIE);
    node.peers.add().has(chain.getLast()).come();
    assertThat(node.fetch(chain.getLast())).isEqualTo(chain.getLast().nar());
  }
}
