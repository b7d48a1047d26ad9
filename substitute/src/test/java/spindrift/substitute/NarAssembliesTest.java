package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
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
import spindrift.nix.ContentAddress;
import spindrift.nix.ContentAddress.Method;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.References;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.nix.StorePathCalculator;
import spindrift.substitute.FaultyUpstream.Fault;
import spindrift.substitute.FaultyUpstream.Kind;

final class NarAssembliesTest {
  private static final int LARGE = 3 << 20;

  private static final AssemblySettings QUICK =
      new AssemblySettings(
          Duration.ofMillis(150),
          Duration.ofMillis(5),
          Duration.ofSeconds(20),
          64 << 10,
          24L << 20);

  private final FaultyUpstream first = new FaultyUpstream("http://first");
  private final FaultyUpstream second = new FaultyUpstream("http://second");
  private final SignedNar object = SignedNar.noise(1, LARGE);
  private FetchingNode node;

  @TempDir private Path directory;

  @BeforeEach
  void open() throws IOException {
    node = open(QUICK);
  }

  private FetchingNode open(AssemblySettings settings) throws IOException {
    return new FetchingNode(
        directory, FetchingNode.QUICK, settings, FaultyUpstream.offers(first, second));
  }

  @AfterEach
  void close() throws IOException {
    node.close();
    Awaiting.until(() -> node.spool.memoryBytes() == 0 && node.spool.fileBytes() == 0);
  }

  private ByteSource nar(SignedNar object) throws Exception {
    node.substituter.nars().given(object.info());
    return node.nar(object).orElseThrow();
  }

  private Bytes fetch() throws Exception {
    return read(nar(object), 0);
  }

  private static Bytes read(ByteSource nar, long from) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    nar.writeTo(ByteTarget.of(out), from, nar.size());
    return Bytes.owning(out.toByteArray());
  }

  /** Has the upstreams wait half way until the client has got something, and tells what it got. */
  private Bytes fetchCut(ByteSource nar) {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicInteger reads = new AtomicInteger();
    Runnable wait =
        () -> {
          if (reads.incrementAndGet() > 20) {
            await(begun);
          }
        };
    first.beforeRead = wait;
    second.beforeRead = wait;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThatThrownBy(
            () ->
                nar.writeTo(
                    (buffer, from, length) -> {
                      out.write(buffer, from, length);
                      begun.countDown();
                    },
                    0,
                    nar.size()))
        .isInstanceOf(IntegrityException.class);
    assertThat(out.size()).isBetween(1, (int) nar.size() - 1);
    return Bytes.owning(out.toByteArray());
  }

  private static <T> FutureTask<T> beside(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread.ofVirtual().start(task);
    return task;
  }

  private Transfer transfer() {
    Awaiting.until(
        () ->
            node.substituter.transfers().stream()
                .allMatch(transfer -> transfer.state() != Transfer.State.RUNNING));
    return node.substituter.transfers().getFirst();
  }

  @Test
  void streamsFromAnUpstream() throws Exception {
    first.has(object);
    assertThat(fetch()).isEqualTo(object.nar());
    assertThat(first.opened).containsExactly(0L);
    assertThat(transfer().sources())
        .singleElement()
        .satisfies(
            source -> {
              assertThat(source.name()).isEqualTo("http://first");
              assertThat(source.bytes()).isEqualTo(object.nar().size());
            });
    assertThat(transfer().failOvers()).isZero();
  }

  @Test
  void prefersPeers() throws Exception {
    first.has(object);
    node.peers.add().has(object);
    assertThat(node.narInfo(object)).isPresent();
    assertThat(fetch()).isEqualTo(object.nar());
    assertThat(first.opened).isEmpty();
  }

  @Test
  void goesOnFromAnUpstreamWherePeersEnd() throws Exception {
    node.close();
    node = open(FetchingNode.STREAMING);
    first.has(object);
    FakePeers.FakePeer peer = node.peers.add().has(object);
    peer.blocksLeft = 10;
    assertThat(node.narInfo(object)).isPresent();
    assertThat(fetch()).isEqualTo(object.nar());
    assertThat(first.opened).singleElement().satisfies(at -> assertThat(at).isPositive());
    assertThat(transfer().sources()).hasSize(2);
    assertThat(transfer().failOvers()).isEqualTo(1);
  }

  @Test
  void goesOnAtTheSameByteWhenAnUpstreamDies() throws Exception {
    first.has(object).fails(Kind.DIES, 1_000_001);
    second.has(object);
    assertThat(fetch()).isEqualTo(object.nar());
    assertThat(second.opened).containsExactly(1_000_001L);
    assertThat(transfer().reasons()).containsExactly("http://first: connection reset");
  }

  @Test
  void goesOnWhenAnUpstreamEndsEarly() throws Exception {
    first.has(object).fails(Kind.ENDS, 500_000);
    second.has(object);
    assertThat(fetch()).isEqualTo(object.nar());
    assertThat(second.opened).containsExactly(500_000L);
  }

  @Test
  void goesOnWhenAnUpstreamStalls() throws Exception {
    first.has(object).fails(Kind.STALLS, 700_000);
    second.has(object);
    assertThat(fetch()).isEqualTo(object.nar());
    assertThat(second.opened).containsExactly(700_000L);
  }

  @Test
  void goesOnWhenAnUpstreamStallsBeforeTheFirstByte() throws Exception {
    first.has(object).fails(Kind.STALLS, 0);
    second.has(object);
    assertThat(fetch()).isEqualTo(object.nar());
  }

  @Test
  void asksTheOnlyUpstreamAgain() throws Exception {
    first.has(object).failsOnce(Kind.DIES, 100_000);
    assertThat(fetch()).isEqualTo(object.nar());
    assertThat(first.opened).containsExactly(0L, 100_000L);
  }

  @Test
  void isAbsentWhenNobodyGivesIt() throws Exception {
    first.has(object).fails(Kind.DIES, 0);
    assertThatThrownBy(this::fetch).isInstanceOf(AbsentException.class);
    assertThat(first.opened.size()).isBetween(3, 10);
  }

  @Test
  void cutsTheClientWhenAllSourcesAreGone() throws Exception {
    first.has(object).fails(Kind.DIES, 1_000_000);
    second.has(object).fails(Kind.DIES, 1_000_000);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThatThrownBy(() -> nar(object).writeTo(ByteTarget.of(out), 0, object.nar().size()))
        .isInstanceOf(AbsentException.class);
    assertThat(Bytes.owning(out.toByteArray())).isEqualTo(object.nar().slice(0, 1_000_000));
  }

  @Test
  void asksAnotherBeforeTheClientSeesALie() throws Exception {
    node.close();
    node = open(AssemblySettings.DEFAULTS);
    first.has(object).fails(Kind.LIES, 1_500_000);
    second.has(object);
    assertThat(fetch()).isEqualTo(object.nar());
    assertThat(second.opened).containsExactly(0L);
  }

  @Test
  void startsAfreshAfterAWrongNar() throws Exception {
    first.has(object).fails(Kind.LIES, 1_500_000);
    second.has(object);
    fetchCut(nar(object));
    assertThat(fetch()).isEqualTo(object.nar());
    assertThat(second.opened).containsExactly(0L);
    assertThat(first.opened).hasSize(1);
  }

  @Test
  void nobodySeesAWrongSmallNar() throws Exception {
    SignedNar small = SignedNar.noise(2, 40_000);
    first.has(small).fails(Kind.LIES, 20_000);
    second.has(small);
    assertThat(read(nar(small), 0)).isEqualTo(small.nar());
  }

  @Test
  void usesWholeSourcesWhenItIsNotClearWhoLied() throws Exception {
    first.has(object).faults =
        time -> time == 0 ? new Fault(Kind.DIES, 2_000_000) : new Fault(Kind.LIES, 100);
    second.has(object).fails(Kind.LIES, 2_500_000);
    fetchCut(nar(object));
    // Both are doubted now, and each is used alone: both lie, so both are found out.
    fetchCut(nar(object));
    fetchCut(nar(object));
    assertThatThrownBy(this::fetch).isInstanceOf(AbsentException.class);
    assertThat(first.opened).containsExactly(0L, 0L);
    assertThat(second.opened).containsExactly(2_000_000L, 0L);
  }

  @Test
  void fetchesOnceForTwoClients() throws Exception {
    first.has(object);
    CountDownLatch secondReads = new CountDownLatch(1);
    first.beforeRead = () -> await(secondReads);
    FutureTask<Bytes> one = beside(this::fetch);
    ByteSource nar = nar(object);
    FutureTask<Bytes> other = beside(() -> read(nar, 0));
    secondReads.countDown();
    assertThat(one.get()).isEqualTo(object.nar());
    assertThat(other.get()).isEqualTo(object.nar());
    assertThat(first.opened).hasSize(1);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aSlowClientHoldsUpNobody() throws Exception {
    SignedNar huge = SignedNar.noise(3, 60 << 20);
    first.has(huge);
    first.pieceBytes = 64 << 10;
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch reads = new CountDownLatch(1);
    ByteSource nar = nar(huge);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FutureTask<Bytes> slow =
        beside(
            () -> {
              nar.writeTo(
                  (buffer, from, length) -> {
                    reads.countDown();
                    await(go);
                    out.write(buffer, from, length);
                  },
                  0,
                  nar.size());
              return Bytes.owning(out.toByteArray());
            });
    reads.await();
    assertThat(read(nar, 0)).isEqualTo(huge.nar());
    assertThat(node.spool.memoryBytes()).isLessThan(Spool.MEMORY_BYTES + (1 << 20));
    go.countDown();
    assertThat(slow.get()).isEqualTo(huge.nar());
    assertThat(first.opened).hasSize(1);
  }

  @Test
  void goesOnForAClientThatComesBack() throws Exception {
    first.has(object);
    IOException gone = new IOException("the client is gone");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteSource nar = nar(object);
    assertThatThrownBy(
            () ->
                nar.writeTo(
                    (buffer, from, length) -> {
                      if (out.size() > 500_000) {
                        throw gone;
                      }
                      out.write(buffer, from, length);
                    },
                    0,
                    nar.size()))
        .isSameAs(gone);
    assertThat(read(nar, out.size())).isEqualTo(object.nar().slice(out.size(), (int) nar.size()));
    assertThat(first.opened).hasSize(1);
  }

  @Test
  void givesNoRangeOfAWrongNar() throws Exception {
    first.has(object).fails(Kind.LIES, 10);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteSource nar = nar(object);
    assertThatThrownBy(() -> nar.writeTo(ByteTarget.of(out), 1_000_000, 1_000_100))
        .isInstanceOf(FaultException.class);
    assertThat(out.size()).isLessThan(100);
  }

  @Test
  void survivesSourcesThatDieAnywhere() throws Exception {
    long seed = Long.getLong("seed", 7);
    Random random = new Random(seed);
    List<Kind> kinds = List.of(Kind.DIES, Kind.ENDS, Kind.DIES, Kind.ENDS, Kind.STALLS);
    for (int i = 0; i < 100; i++) {
      SignedNar one = SignedNar.noise(1000 + i, 1 + random.nextInt(400_000));
      Kind kind = kinds.get(random.nextInt(kinds.size()));
      long at = random.nextInt(one.nar().size());
      int victim = random.nextInt(2);
      first.has(one).faults = time -> victim == 0 ? new Fault(kind, at) : Fault.NONE;
      second.has(one).faults = time -> victim == 1 ? new Fault(kind, at) : Fault.NONE;
      first.pieceBytes = 1 + random.nextInt(100_000);
      assertThat(read(nar(one), 0))
          .as("seed %d, transfer %d: %s at %d of %d", seed, i, kind, at, one.nar().size())
          .isEqualTo(one.nar());
    }
  }

  @Test
  void fetchesAheadFromUpstreams() throws Exception {
    List<SignedNar> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add(SignedNar.noise(100 + i, 50_000));
    }
    first.has(all.toArray(SignedNar[]::new));
    for (SignedNar one : all) {
      node.substituter.nars().given(one.info());
    }
    Awaiting.until(() -> first.opened.size() == 20);
    Awaiting.until(() -> node.substituter.nars().prefetch().isAtRest());
    for (SignedNar one : all) {
      assertThat(read(nar(one), 0)).isEqualTo(one.nar());
    }
    assertThat(first.opened).hasSize(20);
  }

  /** Anybody can say that a content-addressed path has some NAR; the contents tell. */
  @Test
  void neverEndsAContentAddressedNarOfOtherContents() throws Exception {
    ContentAddress address = new ContentAddress(Method.NAR, NixHash.sha256Of(object.nar()));
    StorePath path =
        new StorePathCalculator(StoreDir.DEFAULT)
            .contentAddressed("source", address, References.NONE);
    SignedNar other = SignedNar.noise(2, LARGE);
    NarInfo claimed = contentAddressed(path, address, other);
    first.has(other);
    node.substituter.nars().given(claimed);
    ByteSource wrong =
        node.substituter.nars().nar(claimed.narHash(), Optional.empty()).orElseThrow();
    fetchCut(wrong);
    assertThatThrownBy(() -> read(wrong, 0)).isInstanceOf(AbsentException.class);

    NarInfo right = contentAddressed(path, address, object);
    second.has(object);
    node.substituter.nars().given(right);
    assertThat(
            read(node.substituter.nars().nar(right.narHash(), Optional.empty()).orElseThrow(), 0))
        .isEqualTo(object.nar());
  }

  private static NarInfo contentAddressed(StorePath path, ContentAddress address, SignedNar nar) {
    return NarInfo.of(
        new PathInfo(
            path,
            nar.info().narHash(),
            nar.nar().size(),
            List.of(),
            Optional.empty(),
            List.of(),
            Optional.of(address),
            PathInfo.Origin.ELSEWHERE,
            0));
  }

  @Test
  void largeNarsComeFromSeveralUpstreamsAtOnce() throws Exception {
    SignedNar large = SignedNar.noise(5, 24 << 20);
    first.has(large);
    second.has(large);
    CountDownLatch both = new CountDownLatch(1);
    second.beforeRead = both::countDown;
    AtomicInteger reads = new AtomicInteger();
    first.beforeRead =
        () -> {
          if (reads.incrementAndGet() == 20) {
            await(both);
          }
        };
    assertThat(read(nar(large), 0)).isEqualTo(large.nar());
    assertThat(second.opened).allSatisfy(from -> assertThat(from).isPositive());
  }

  @Test
  void goesOnAfterTheNodeWasRestarted() throws Exception {
    first.has(object).fails(Kind.STALLS, 2 << 20);
    node.close();
    node = open(AssemblySettings.DEFAULTS); // patient enough to be stopped first
    ByteSource nar = nar(object);
    FutureTask<Bytes> cut = new FutureTask<>(() -> read(nar, 0));
    Thread.ofVirtual().start(cut);
    first.stalled.await();
    node.close();
    assertThatThrownBy(cut::get).isInstanceOf(ExecutionException.class);
    first.faults = time -> Fault.NONE;
    first.opened.clear();
    node = open(QUICK);
    assertThat(fetch()).isEqualTo(object.nar());
    assertThat(first.opened).containsExactly(2L << 20);
  }

  @Test
  void whatWasLeftAndIsWrongIsFetchedAgain() throws Exception {
    first.has(object).fails(Kind.STALLS, 2 << 20);
    node.close();
    node = open(AssemblySettings.DEFAULTS);
    ByteSource nar = nar(object);
    FutureTask<Bytes> cut = new FutureTask<>(() -> read(nar, 0));
    Thread.ofVirtual().start(cut);
    first.stalled.await();
    node.close();
    try (DirectoryStream<Path> left =
        Files.newDirectoryStream(directory.resolve("spool"), "*.part")) {
      for (Path file : left) {
        Files.write(file, new byte[1 << 20]);
      }
    }
    first.faults = time -> Fault.NONE;
    node = open(QUICK);
    assertThatThrownBy(this::fetch).as("its bytes were out").isInstanceOf(IntegrityException.class);
    assertThat(fetch()).isEqualTo(object.nar());
  }

  @Test
  void forgetsWhatNobodyReads() throws Exception {
    AssemblySettings hasty =
        new AssemblySettings(QUICK.stall(), QUICK.tick(), Duration.ofMillis(20), 64 << 10, 0);
    node.close();
    node = open(hasty);
    first.has(object);
    assertThat(fetch()).isEqualTo(object.nar());
    Awaiting.until(() -> node.substituter.nars().isEmpty());
    Awaiting.until(() -> node.spool.memoryBytes() == 0);
  }
}
