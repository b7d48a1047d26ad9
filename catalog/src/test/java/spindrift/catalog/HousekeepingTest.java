package spindrift.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.blocks.GcMode;
import spindrift.catalog.CatalogRecord.Pin;
import spindrift.nix.StorePath;

/** Garbage goes, and nothing else does. */
final class HousekeepingTest {
  @TempDir Path folder;
  private Holdings here;

  @BeforeEach
  void open() throws IOException {
    here = Holdings.open(folder);
  }

  @AfterEach
  void close() throws IOException {
    here.close();
  }

  @Test
  void aDryRunSaysWhatACollectionDoes() throws Exception {
    push('a');
    push('b');
    here.catalog.pin(Holdings.path('a'), Pin.PINNED);
    long blocks = here.blocks.stats().blocks();

    Housekeeping.Collected dry = here.collect(Housekeeping.Scope.UNPINNED, GcMode.DRY_RUN);
    assertThat(dry.evicted()).containsExactly(Holdings.path('b'));
    assertThat(dry.blocks().removed()).isPositive();
    assertThat(here.blocks.stats().blocks()).isEqualTo(blocks);
    assertThat(served('b')).isPresent();

    Housekeeping.Collected real = here.collect(Housekeeping.Scope.UNPINNED, GcMode.COLLECT);
    assertThat(real.evicted()).isEqualTo(dry.evicted());
    assertThat(real.blocks().removed()).isEqualTo(dry.blocks().removed());
    assertThat(real.blocks().removedBytes()).isEqualTo(dry.blocks().removedBytes());
    assertThat(served('a')).contains(tree('a').nar());
    assertThat(served('b')).isEmpty();
    assertThat(here.collect(Housekeeping.Scope.UNPINNED, GcMode.COLLECT).blocks().removed())
        .as("the second finds nothing")
        .isZero();
  }

  @Test
  void evictsLeastRecentlyUsedUntilTheQuotaIsKept() throws Exception {
    for (char letter = '0'; letter <= '9'; letter++) {
      push(letter);
    }
    here.catalog.pin(Holdings.path('0'), Pin.PINNED);
    assertThat(served('1')).isPresent();
    long quota = here.blocks.stats().packBytes() / 2;

    Housekeeping.Collected result =
        here.housekeeping.collect(
            OptionalLong.of(quota), Housekeeping.Scope.OVER_QUOTA, GcMode.COLLECT);

    assertThat(here.housekeeping.isOver(quota)).isFalse();
    assertThat(result.evicted())
        .startsWith(Holdings.path('2'), Holdings.path('3'))
        .doesNotContain(Holdings.path('0'), Holdings.path('1'))
        .hasSizeLessThan(8);
    for (char letter = '0'; letter <= '9'; letter++) {
      boolean gone = result.evicted().contains(Holdings.path(letter));
      assertThat(served(letter)).isEqualTo(gone ? Optional.empty() : nar(letter));
    }
  }

  @Test
  void pinnedRecordsStayEvenOverTheQuota() throws Exception {
    push('a');
    here.catalog.pin(Holdings.path('a'), Pin.PINNED);
    Housekeeping.Collected result =
        here.housekeeping.collect(
            OptionalLong.of(1), Housekeeping.Scope.OVER_QUOTA, GcMode.COLLECT);
    assertThat(result.evicted()).isEmpty();
    assertThat(served('a')).isEqualTo(nar('a'));
  }

  @Test
  void keepsSharedBlocksOfWhatStays() throws Exception {
    here.push(Holdings.path('a'), TestTree.directory("x", tree('s'), "y", tree('a')));
    here.push(Holdings.path('b'), TestTree.directory("x", tree('s'), "y", tree('b')));
    here.catalog.pin(Holdings.path('a'), Pin.PINNED);
    here.collect(Housekeeping.Scope.UNPINNED, GcMode.COLLECT);
    assertThat(served('a')).isPresent();
    assertThat(problems()).isEmpty();
  }

  @Test
  void aCollectionDuringAnUploadLosesNothing() throws Exception {
    push('a');
    StorePath path = Holdings.path('b');
    Bytes nar = tree('b').nar();
    int[] collections = {0};
    InputStream slow =
        new ByteArrayInputStream(nar.toArray()) {
          @Override
          public synchronized int read(byte[] buffer, int from, int length) {
            if (pos > 200_000 * collections[0]) {
              collections[0]++;
              collect();
            }
            return super.read(buffer, from, Math.min(length, 50_000));
          }
        };
    here.putNar(path, slow, nar);
    collect();
    here.put(Holdings.narInfo(path, tree('b')));
    collect();

    assertThat(collections[0]).isGreaterThan(2);
    assertThat(served('a')).isEqualTo(nar('a'));
    assertThat(served('b')).isEqualTo(nar('b'));
    assertThat(problems()).isEmpty();
  }

  @Test
  void anUploadThatWasGivenUpIsGarbage() throws Exception {
    Bytes nar = tree('a').nar();
    Bytes part = nar.slice(0, nar.size() - 100);
    try {
      here.putNar(Holdings.path('a'), new ByteArrayInputStream(part.toArray()), part);
    } catch (IOException | FaultException e) {
      // As it should.
    }
    here.collect(Housekeeping.Scope.OVER_QUOTA, GcMode.COLLECT);
    assertThat(here.blocks.stats().blocks()).isZero();
  }

  @Test
  void findsAFlippedBit() throws Exception {
    push('a');
    push('b');
    here.close();
    Path pack;
    try (var packs = Files.list(folder.resolve("blocks/packs"))) {
      pack = packs.sorted().findFirst().orElseThrow();
    }
    try (FileChannel file =
        FileChannel.open(pack, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      file.read(one, 150_000);
      file.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 4)}), 150_000);
    }
    here = Holdings.open(folder);

    assertThat(here.housekeeping.verifyBlocks(Progress.NONE).clean()).isFalse();
    assertThat(problems()).hasSize(1).allMatch(what -> what.contains("aaaa"));
    assertThat(served('b')).isEqualTo(nar('b'));
  }

  private void collect() {
    try {
      here.collect(Housekeeping.Scope.OVER_QUOTA, GcMode.COLLECT);
    } catch (IOException | FaultException e) {
      throw new AssertionError(e);
    }
  }

  private List<String> problems() {
    List<String> problems = new ArrayList<>();
    for (CatalogRecord record : here.housekeeping.allRecords()) {
      here.housekeeping
          .verify(record, Progress.NONE)
          .ifPresent(damage -> problems.add(damage.what()));
    }
    return problems;
  }

  private void push(char letter) throws IOException, FaultException {
    here.push(Holdings.path(letter), tree(letter));
  }

  private Optional<Bytes> served(char letter) throws IOException, FaultException {
    return here.served(Holdings.path(letter));
  }

  private static Optional<Bytes> nar(char letter) throws IOException, FaultException {
    return Optional.of(tree(letter).nar());
  }

  private static TestTree tree(char letter) {
    return TestTree.directory("data", TestTree.file(TestTree.noise(letter, 700_000)));
  }
}
