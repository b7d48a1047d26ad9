package spindrift.blocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.ipld.Block;
import spindrift.ipld.CarReader;
import spindrift.ipld.CarSection;
import spindrift.ipld.Cid;

class DiskBlockStoreTest extends BlockStoreContract {
  private static final DiskOptions SMALL = DiskOptions.DEFAULTS.withMaxPackBytes(16_384);

  @TempDir Path directory;
  private DiskBlockStore store;

  @BeforeEach
  void open() throws IOException {
    store = DiskBlockStore.open(directory, SMALL);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  @Override
  BlockStore store() {
    return store;
  }

  @Test
  void whatWasPutIsThereAfterOpeningAgain() throws Exception {
    List<Block> blocks = fill(100, 700);
    reopen();

    assertAllThere(blocks);
    assertThat(store.stats().blocks()).isEqualTo(100);
    assertThat(store.stats().bytes()).isEqualTo(70_000);
    assertThat(store.stats().packs()).isGreaterThan(4);
  }

  @Test
  void aBlockPutTwiceIsWrittenOnce() throws Exception {
    fill(10, 100);
    long before = packBytes();
    fill(10, 100);

    assertThat(packBytes()).isEqualTo(before);
  }

  @Test
  void anIdentityCidIsNeverWritten() throws Exception {
    store.put(Cid.identityRaw(Bytes.utf8("inside")), Bytes.utf8("inside"));
    store.sync();

    assertThat(store.stats().packs()).isZero();
  }

  @Test
  void packsStayWithinTheirSizeUnlessABlockIsLarger() throws Exception {
    fill(100, 1000);
    for (Path pack : packs()) {
      assertThat(Files.size(pack)).isLessThanOrEqualTo(16_384);
    }
    Block large = Dags.leaf(1, 100_000);
    store.accept(large);
    reopen();

    assertAllThere(List.of(large));
  }

  @Test
  void everyPackIsACarFileThatOthersCanRead() throws Exception {
    List<Block> blocks = fill(60, 700);
    List<Block> found = new ArrayList<>();
    for (Path pack : packs()) {
      try (var in = Files.newInputStream(pack)) {
        CarReader car = CarReader.open(in, CarReader.Check.VERIFY);
        assertThat(car.roots()).containsExactly(Cid.identityRaw(Bytes.EMPTY));
        for (var next = car.next(); next.isPresent(); next = car.next()) {
          CarSection section = next.get();
          found.add(section.block());
        }
      }
    }

    assertThat(found).containsExactlyElementsOf(blocks);
  }

  @Test
  void oneSyncServesAllWhoWaitForIt() throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        Block block = Dags.leaf(i, 100);
        running.add(
            threads.submit(
                () -> {
                  start.await();
                  store.accept(block);
                  store.sync();
                  return null;
                }));
      }
      start.countDown();
      for (Future<?> one : running) {
        one.get();
      }
    }
    assertThat(store.stats().blocks()).isEqualTo(32);
  }

  @Test
  void interruptedReadersAndWritersHarmNobody() throws Exception {
    List<Block> blocks = fill(20, 500);
    Thread.currentThread().interrupt();
    assertAllThere(blocks);
    Block more = Dags.leaf(-1, 500);
    store.accept(more);
    store.sync();
    assertThat(Thread.interrupted()).isTrue();

    assertAllThere(blocks);
    assertAllThere(List.of(more));
  }

  @Test
  void readersInterruptedAtAnyMomentGetTheirBlocks() throws Exception {
    List<Block> blocks = fill(50, 5000);
    List<Thread> readers = new ArrayList<>();
    List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
    for (int t = 0; t < 4; t++) {
      readers.add(
          Thread.ofPlatform()
              .uncaughtExceptionHandler((thread, e) -> failures.add(e))
              .start(
                  () -> {
                    for (int i = 0; i < 400; i++) {
                      Block block = blocks.get(i % blocks.size());
                      try {
                        assertThat(store.read(block.cid())).contains(block.bytes());
                      } catch (Exception e) {
                        throw new AssertionError(e);
                      }
                    }
                  }));
    }
    while (readers.stream().anyMatch(Thread::isAlive)) {
      readers.forEach(Thread::interrupt);
      Thread.onSpinWait();
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void closingTwiceDoesNothingAndUseAfterItFails() throws Exception {
    Block block = Dags.leaf(1, 10);
    store.close();
    store.close();

    assertThatThrownBy(() -> store.read(block.cid())).isInstanceOf(IOException.class);
  }

  private List<Block> fill(int count, int size) throws Exception {
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      blocks.add(Dags.leaf(i, size));
      store.accept(blocks.getLast());
    }
    store.sync();
    return blocks;
  }

  private void reopen() throws IOException {
    store.close();
    store = DiskBlockStore.open(directory, SMALL);
  }

  private void assertAllThere(List<Block> blocks) throws Exception {
    for (Block block : blocks) {
      assertThat(store.read(block.cid())).contains(block.bytes());
    }
  }

  private List<Path> packs() throws IOException {
    try (var files = Files.list(directory.resolve("packs"))) {
      return files.sorted().toList();
    }
  }

  private long packBytes() throws IOException {
    long sum = 0;
    for (Path pack : packs()) {
      sum += Files.size(pack);
    }
    return sum;
  }
}
