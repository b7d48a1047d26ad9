package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.catalog.CatalogRecord;
import spindrift.catalog.CatalogRecord.Pin;
import spindrift.catalog.Progress;
import spindrift.nix.StorePath;
import spindrift.substitute.IndexQueue.Demand;
import spindrift.substitute.IndexQueue.Item;

/** Public paths are indexed when there is time, or when somebody waits. */
final class BackgroundIndexerTest {
  private static final StorePath A = LookupNode.path('a');
  private static final StorePath B = LookupNode.path('b');

  @TempDir Path folder;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final AtomicInteger looks = new AtomicInteger();
  private LookupNode node;

  @BeforeEach
  void start() throws Exception {
    node =
        new LookupNode(
            folder,
            () -> {
              looks.incrementAndGet();
              return busy.get();
            });
  }

  @AfterEach
  void stop() throws Exception {
    node.close();
  }

  @Test
  void indexesWhatIsOfferedWithoutPinningIt() throws Exception {
    node.addPublic(A, Bytes.utf8("a"));
    node.background.offer(A);
    LookupNode.await(() -> record(A).isPresent());
    CatalogRecord record = record(A).orElseThrow();
    assertThat(record.pin()).isEqualTo(Pin.UNPINNED);
    LookupNode.await(() -> node.arrived.contains(record.narView()));
    assertThat(node.sharing.isPublic(record.narView())).isTrue();
    assertThat(node.blocks.has(record.treeView())).isTrue();
  }

  @Test
  void whatWasPinnedStaysSo() throws Exception {
    node.addPublic(A, Bytes.utf8("a"));
    node.indexer.add(List.of(A), Progress.NONE);
    Files.setLastModifiedTime(
        node.store.realPath(A), java.nio.file.attribute.FileTime.fromMillis(5));
    node.background.offer(A);
    Bytes before = record(A).orElseThrow().treeFingerprint().orElseThrow();
    LookupNode.await(() -> !record(A).orElseThrow().treeFingerprint().equals(Optional.of(before)));
    assertThat(record(A).orElseThrow().pin()).isEqualTo(Pin.PINNED);
  }

  @Test
  void leavesPrivatePathsAlone() throws Exception {
    node.addPrivate(A, Bytes.utf8("a"));
    node.addPublic(B, Bytes.utf8("b"));
    node.background.offer(A);
    node.background.offer(B);
    LookupNode.await(() -> record(B).isPresent());
    assertThat(record(A)).isEmpty();
  }

  @Test
  void restsWhileThereAreBetterThingsToDo() throws Exception {
    busy.set(true);
    node.addPublic(A, Bytes.utf8("a"));
    node.background.offer(A);
    LookupNode.await(() -> looks.get() > 1);
    assertThat(record(A)).isEmpty();
    busy.set(false);
    LookupNode.await(() -> record(A).isPresent());
  }

  @Test
  void doesAtOnceWhatSomebodyWaitsFor() throws Exception {
    busy.set(true);
    node.addPublic(A, Bytes.utf8("a"));
    node.addPublic(B, Bytes.owning(new byte[200_000]));
    node.background.offer(A);
    LookupNode.await(() -> looks.get() > 0);
    try (Demand demand = node.background.demand(List.of(new Item(B, 200_000), new Item(A, 100)))) {
      assertThat(demand.next(LookupNode.LONG)).isPresent();
      assertThat(demand.next(LookupNode.LONG)).isPresent();
    }
    assertThat(record(A)).isPresent();
    assertThat(record(B)).isPresent();
  }

  @Test
  void aDamagedPathIsReadOnce() throws Exception {
    node.addPublic(A, Bytes.utf8("a"));
    Files.write(node.store.realPath(A), new byte[] {7});
    try (Demand demand = node.background.demand(List.of(new Item(A, 100)))) {
      assertThat(demand.next(LookupNode.LONG)).contains(A);
    }
    assertThat(record(A)).isEmpty();
    try (Demand demand = node.background.demand(List.of(new Item(A, 100)))) {
      assertThat(demand.next(Duration.ofHours(1))).isEmpty();
    }
    node.background.offer(A);
    assertThat(node.background.queued()).isZero();
  }

  @Test
  void closesWhileItRests() throws Exception {
    busy.set(true);
    node.addPublic(A, Bytes.utf8("a"));
    node.background.offer(A);
    LookupNode.await(() -> looks.get() > 0);
    node.background.close();
    assertThat(record(A)).isEmpty();
  }

  @Test
  void aLoadAverageOfMoreThanTheProcessorsIsHigh() {
    assertThat(MachineLoad.isHigh("2.90 1.00 1.00 1/100 5\n", 2)).isFalse();
    assertThat(MachineLoad.isHigh("3.10 1.00 1.00 1/100 5\n", 2)).isTrue();
    assertThat(MachineLoad.isHigh("nonsense", 2)).isFalse();
  }

  private Optional<CatalogRecord> record(StorePath path) {
    try {
      return node.catalog.find(path);
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }
}
