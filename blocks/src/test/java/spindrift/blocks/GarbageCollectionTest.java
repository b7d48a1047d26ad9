package spindrift.blocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.base.Multihash;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

class GarbageCollectionTest {
  private static final DiskOptions OPTIONS = DiskOptions.DEFAULTS.withMaxPackBytes(32_768);

  @TempDir Path directory;
  private DiskBlockStore store;

  @BeforeEach
  void open() throws IOException {
    store = DiskBlockStore.open(directory, OPTIONS);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  @Test
  void keepsWhatTheRootsReachAndRemovesTheRest() throws Exception {
    List<Block> kept = put(Dags.tree(1, 5, 10, 500));
    List<Block> dead = put(Dags.tree(2, 5, 10, 500));
    long before = packBytes();

    GcReport report = store.collect(List.of(root(kept)), GcMode.COLLECT);

    assertAllThere(kept);
    assertMostlyGone(dead);
    assertThat(report.removed()).isBetween(54L, 56L);
    assertThat(report.packsDeleted()).isPositive();
    assertThat(before - packBytes()).isCloseTo(report.freedBytes(), Offset.offset(200L));
    assertThat(packBytes()).isLessThan(before * 7 / 10);
    reopen();
    assertAllThere(kept);
    assertMostlyGone(dead);
  }

  @Test
  void theSameHoldsWhenTheIndexIsRebuiltAfterwards() throws Exception {
    List<Block> kept = put(Dags.tree(1, 5, 10, 500));
    put(Dags.tree(2, 5, 10, 500));
    store.collect(List.of(root(kept)), GcMode.COLLECT);
    store.close();
    store = DiskBlockStore.rebuild(directory, OPTIONS);

    assertAllThere(kept);
  }

  @Test
  void aDryRunSaysWhatWouldGoAndRemovesNothing() throws Exception {
    List<Block> all = put(Dags.tree(1, 5, 10, 500));
    long before = packBytes();

    GcReport report = store.collect(List.of(), GcMode.DRY_RUN);

    assertThat(report.removed()).isEqualTo(all.size());
    assertThat(report.freedBytes()).isEqualTo(store.stats().bytes());
    assertThat(packBytes()).isEqualTo(before);
    assertAllThere(all);
  }

  @Test
  void everythingDeadLeavesNoPack() throws Exception {
    put(Dags.tree(1, 5, 10, 500));

    store.collect(List.of(), GcMode.COLLECT);

    assertThat(packBytes()).isZero();
    assertThat(store.stats().blocks()).isZero();
    List<Block> again = put(Dags.tree(1, 5, 10, 500));
    assertAllThere(again);
  }

  @Test
  void aSecondCollectionFindsNothingToDo() throws Exception {
    List<Block> kept = put(Dags.tree(1, 5, 10, 40));
    put(Dags.tree(2, 5, 10, 500));
    store.collect(List.of(root(kept)), GcMode.COLLECT);
    store.collect(List.of(root(kept)), GcMode.COLLECT);

    assertThat(store.collect(List.of(root(kept)), GcMode.COLLECT).packsDeleted()).isZero();
  }

  @Test
  void walksNodesThatAreInsideTheirCid() throws Exception {
    Block leaf = Dags.leaf(1, 100);
    store.accept(leaf);
    Block node = Dags.node(List.of(leaf));
    Cid inline = Cid.of(Cid.DAG_PB, Multihash.identity(node.bytes()));

    store.collect(List.of(inline), GcMode.COLLECT);

    assertThat(store.has(leaf.cid())).isTrue();
  }

  @Test
  void aBlockThatClaimsToBeANodeAndIsNoneKeepsItself() throws Exception {
    Cid cid = store.put(Cid.DAG_PB, Bytes.utf8("no node at all"));

    store.collect(List.of(cid), GcMode.COLLECT);

    assertThat(store.has(cid)).isTrue();
  }

  @Test
  void keepsWhatIsHereOfADagThatIsNotAll() throws Exception {
    List<Block> tree = Dags.tree(1, 5, 10, 500);
    put(tree.subList(20, tree.size()));

    store.collect(List.of(root(tree)), GcMode.COLLECT);

    assertAllThere(tree.subList(20, tree.size()));
  }

  @Test
  void pinsAreRootsAndOutliveTheProcess() throws Exception {
    List<Block> tree = put(Dags.tree(1, 3, 5, 500));
    store.pins().add(root(tree), "release");
    reopen();
    store.collect(List.of(), GcMode.COLLECT);
    assertAllThere(tree);

    assertThat(store.pins().remove(root(tree), "release")).isTrue();
    store.collect(List.of(), GcMode.COLLECT);
    assertMostlyGone(tree);
  }

  @Test
  void aHoldProtectsUntilItIsClosed() throws Exception {
    List<Block> tree = put(Dags.tree(1, 3, 5, 500));
    Hold first = store.hold(root(tree));
    Hold second = store.hold(root(tree));
    first.close();
    first.close();
    store.collect(List.of(), GcMode.COLLECT);
    assertAllThere(tree);

    second.close();
    store.collect(List.of(), GcMode.COLLECT);
    assertMostlyGone(tree);
  }

  @Test
  void aSessionProtectsWhatItPutAndWhatItFound() throws Exception {
    Block found = Dags.leaf(1, 500);
    Block read = Dags.leaf(2, 500);
    List<Block> below = put(Dags.tree(3, 2, 3, 500));
    put(List.of(found, read));
    Block fresh = Dags.leaf(4, 500);
    try (Session session = store.session()) {
      assertThat(session.has(found.cid())).isTrue();
      assertThat(session.read(read.cid())).isPresent();
      assertThat(session.has(root(below))).isTrue();
      assertThat(session.has(Dags.leaf(9, 9).cid())).isFalse();
      session.accept(fresh);
      store.collect(List.of(), GcMode.COLLECT);

      assertAllThere(List.of(found, read, fresh));
      assertAllThere(below);
    }
    store.collect(List.of(), GcMode.COLLECT);
    assertThat(store.stats().blocks()).isLessThan(3);
  }

  @Test
  void sparesASessionThatEndsWhileRootsAreListed() throws Exception {
    List<Block> tree = Dags.tree(6, 2, 3, 500);
    Session session = store.session();
    for (Block block : tree) {
      session.accept(block);
    }
    store.collect(
        () -> {
          Iterator<Cid> before = List.<Cid>of().iterator();
          session.close(); // its owner has recorded the root, too late for this list
          return before;
        },
        GcMode.COLLECT);
    assertAllThere(tree);
  }

  @Test
  void aDamagedNodeStopsTheCollectionBeforeItRemovesAnything() throws Exception {
    List<Block> tree = put(Dags.tree(1, 2, 3, 500));
    Path pack = directory.resolve("packs/00000001.car");
    byte[] bytes = Files.readAllBytes(pack);
    bytes[bytes.length - 1] ^= 1;
    Files.write(pack, bytes);

    assertThatThrownBy(() -> store.collect(List.of(root(tree)), GcMode.COLLECT))
        .isInstanceOf(IntegrityException.class);
    assertAllThere(tree.subList(0, tree.size() - 1));
    store.accept(tree.getLast());
    store.collect(List.of(root(tree)), GcMode.COLLECT);
    assertAllThere(tree);
  }

  @Test
  void readsAndWritesGoOnWhileItRuns() throws Exception {
    List<Block> kept = put(Dags.tree(1, 10, 20, 300));
    AtomicBoolean stop = new AtomicBoolean();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (int t = 0; t < 3; t++) {
        running.add(
            threads.submit(
                () -> {
                  while (!stop.get()) {
                    assertAllThere(kept);
                  }
                  return null;
                }));
      }
      running.add(threads.submit(() -> uploadUntil(stop, 100)));
      running.add(threads.submit(() -> uploadUntil(stop, 200)));
      for (int round = 0; round < 6; round++) {
        put(Dags.tree(1000 + round, 3, 20, 300));
        store.collect(List.of(root(kept)), GcMode.COLLECT);
      }
      stop.set(true);
      for (Future<?> one : running) {
        one.get();
      }
    }
    assertAllThere(kept);
    reopen();
    assertAllThere(kept);
    assertThat(store.verify((done, inAll) -> {}).clean()).isTrue();
  }

  /** Uploads the same trees again and again, so that it meets blocks that are about to go. */
  private Void uploadUntil(AtomicBoolean stop, long seed) throws Exception {
    for (int i = 0; !stop.get(); i++) {
      List<Block> tree = Dags.tree(seed + i % 3, 2, 10, 300);
      try (Session session = store.session()) {
        for (Block block : tree) {
          session.accept(block);
        }
        session.sync();
        assertAllThere(tree);
        try (Hold _ = store.hold(root(tree))) {
          assertAllThere(tree);
        }
      }
    }
    return null;
  }

  private List<Block> put(List<Block> blocks) throws Exception {
    for (Block block : blocks) {
      store.accept(block);
    }
    store.sync();
    return blocks;
  }

  private static Cid root(List<Block> tree) {
    return tree.getLast().cid();
  }

  private void reopen() throws IOException {
    store.close();
    store = DiskBlockStore.open(directory, OPTIONS);
  }

  private void assertAllThere(List<Block> blocks) throws Exception {
    for (Block block : blocks) {
      assertThat(store.read(block.cid())).contains(block.bytes());
    }
  }

  /** One or two may be taken for live by the filter. */
  private void assertMostlyGone(List<Block> blocks) throws Exception {
    int left = 0;
    for (Block block : blocks) {
      left += store.has(block.cid()) ? 1 : 0;
    }
    assertThat(left).isLessThan(3);
  }

  private long packBytes() throws IOException {
    long sum = 0;
    try (var files = Files.list(directory.resolve("packs"))) {
      for (Path pack : files.toList()) {
        sum += Files.size(pack);
      }
    }
    return sum;
  }
}
