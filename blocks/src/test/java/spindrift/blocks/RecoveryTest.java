package spindrift.blocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.ipld.Block;

/** What a store makes of files that a crash, a disk or a person changed while it was closed. */
class RecoveryTest {
  private static final DiskOptions OPTIONS = DiskOptions.DEFAULTS.withMaxPackBytes(16_384);

  @TempDir Path temporary;

  @Test
  void aPackCutAnywhereLeavesTheBlocksBeforeTheCut() throws Exception {
    Path origin = temporary.resolve("origin");
    List<Block> blocks = fill(origin, 2, 20);
    Files.delete(origin.resolve("index.db"));
    long whole = Files.size(pack(origin, 1));
    for (long size = 0; size < whole; size += 3) {
      Path copy = copy(origin, "cut" + size);
      truncate(pack(copy, 1), size);
      try (DiskBlockStore store = DiskBlockStore.open(copy, OPTIONS)) {
        int readable = 0;
        for (Block block : blocks) {
          readable += store.read(block.cid()).isPresent() ? 1 : 0;
        }
        assertThat(readable).isEqualTo((int) Math.max(0, (size - 26) / ((whole - 26) / 2)));
        store.accept(Dags.leaf(99, 60));
      }
      try (DiskBlockStore store = DiskBlockStore.open(copy, OPTIONS)) {
        assertThat(store.has(Dags.leaf(99, 60).cid())).isTrue();
      }
    }
  }

  @Test
  void indexesWhatWasWrittenBehindTheIndexAndCutsWhatIsHalf() throws Exception {
    Path home = temporary.resolve("home");
    List<Block> blocks = fill(home, 5, 100);
    Block unindexed = Dags.leaf(50, 100);
    Block half = Dags.leaf(51, 100);
    append(pack(home, 1), PackFormat.section(unindexed.cid(), unindexed.bytes()));
    long good = Files.size(pack(home, 1));
    byte[] section = PackFormat.section(half.cid(), half.bytes());
    append(pack(home, 1), java.util.Arrays.copyOf(section, section.length - 1));

    try (DiskBlockStore store = DiskBlockStore.open(home, OPTIONS)) {
      assertReadable(store, blocks);
      assertReadable(store, List.of(unindexed));
      assertThat(store.has(half.cid())).isFalse();
      assertThat(Files.size(pack(home, 1))).isEqualTo(good);
      assertThat(store.stats().blocks()).isEqualTo(6);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 40, 5000})
  void cutsNoiseAndZeroesBehindTheLastBlock(int size) throws Exception {
    for (int kind = 0; kind < 2; kind++) {
      Path home = temporary.resolve("home" + kind);
      List<Block> blocks = fill(home, 5, 100);
      long good = Files.size(pack(home, 1));
      byte[] noise = new byte[size];
      if (kind == 1) {
        new Random(size).nextBytes(noise);
        noise[0] = 0x50;
      }
      append(pack(home, 1), noise);

      try (DiskBlockStore store = DiskBlockStore.open(home, OPTIONS)) {
        assertReadable(store, blocks);
        assertThat(Files.size(pack(home, 1))).isEqualTo(good);
      }
    }
  }

  @Test
  void rebuildsAnIndexThatIsMissingOrGarbageOrOfAnotherVersion() throws Exception {
    Path home = temporary.resolve("home");
    List<Block> blocks = fill(home, 100, 700);
    Path index = home.resolve("index.db");

    Files.delete(index);
    assertReopens(home, blocks);
    Files.writeString(index, "this is no database, and long enough to be looked at as one");
    assertReopens(home, blocks);
    Files.write(index, new byte[0]);
    assertReopens(home, blocks);
    try (RandomAccessFile file = new RandomAccessFile(index.toFile(), "rw")) {
      file.seek(60); // user_version in the header of an SQLite file
      file.writeInt(99);
    }
    assertReopens(home, blocks);
    try (DiskBlockStore store = DiskBlockStore.rebuild(home, OPTIONS)) {
      assertReadable(store, blocks);
      assertThat(store.stats().blocks()).isEqualTo(100);
      assertThat(store.stats().bytes()).isEqualTo(70_000);
    }
  }

  @Test
  void anIndexFoundDamagedInUseIsMadeAnewAtTheNextStart() throws Exception {
    Path home = temporary.resolve("home");
    List<Block> blocks = fill(home, 400, 60);
    try (RandomAccessFile file = new RandomAccessFile(home.resolve("index.db").toFile(), "rw")) {
      for (long page = 1; page * 4096 < file.length(); page++) {
        file.seek(page * 4096);
        file.write(new byte[] {99, 99, 99, 99, 99, 99, 99, 99});
      }
    }
    boolean failed = false;
    try (DiskBlockStore store = DiskBlockStore.open(home, OPTIONS)) {
      store.read(blocks.get(0).cid());
    } catch (IOException e) {
      failed = true;
    }

    assertThat(failed).isTrue();
    assertReopens(home, blocks);
  }

  @Test
  void aRebuildSkipsADamagedBlockAndKeepsAllOthers() throws Exception {
    Path home = temporary.resolve("home");
    List<Block> blocks = fill(home, 10, 100);
    flip(pack(home, 1), Files.size(pack(home, 1)) / 2);

    try (DiskBlockStore store = DiskBlockStore.rebuild(home, OPTIONS)) {
      int readable = 0;
      for (Block block : blocks) {
        readable += store.has(block.cid()) ? 1 : 0;
      }
      assertThat(readable).isEqualTo(9);
    }
  }

  @Test
  void aRebuildThatCannotReadAPackToItsEndDestroysNothing() throws Exception {
    Path home = temporary.resolve("home");
    List<Block> blocks = fill(home, 10, 100);
    Path pack = pack(home, 1);
    long size = Files.size(pack);
    try (RandomAccessFile file = new RandomAccessFile(pack.toFile(), "rw")) {
      file.seek(26); // the first section's length
      file.write(new byte[] {0, 0, 0});
    }

    for (int i = 0; i < 2; i++) {
      try (DiskBlockStore store = DiskBlockStore.open(home, OPTIONS)) {
        assertThat(store.read(blocks.get(5).cid())).isPresent();
      }
    }
    try (DiskBlockStore store = DiskBlockStore.rebuild(home, OPTIONS)) {
      assertThat(store.has(blocks.get(5).cid())).isFalse();
      store.accept(blocks.get(5));
    }
    try (DiskBlockStore store = DiskBlockStore.open(home, OPTIONS)) {
      assertReadable(store, List.of(blocks.get(5)));
    }
    assertThat(Files.size(pack)).isEqualTo(size);
  }

  @Test
  void blocksOfAPackThatIsGoneAreAbsentAndCanBePutAgain() throws Exception {
    Path home = temporary.resolve("home");
    List<Block> blocks = fill(home, 60, 700);
    Files.delete(pack(home, 2));

    try (DiskBlockStore store = DiskBlockStore.open(home, OPTIONS)) {
      long absent = 0;
      for (Block block : blocks) {
        if (!store.has(block.cid())) {
          absent++;
          store.accept(block);
        }
      }
      assertThat(absent).isBetween(15L, 25L);
      assertReadable(store, blocks);
    }
    assertReopens(home, blocks);
  }

  @Test
  void aFlippedBitIsReportedNeverServedAndHealsByPuttingAgain() throws Exception {
    Path home = temporary.resolve("home");
    List<Block> blocks = fill(home, 10, 100);
    Block victim = blocks.get(4);
    long offset;
    try (DiskBlockStore store = DiskBlockStore.open(home, OPTIONS)) {
      offset = find(pack(home, 1), victim.bytes());
      flip(pack(home, 1), offset + 50);

      Verification report = store.verify((done, inAll) -> {});
      assertThat(report.clean()).isFalse();
      assertThat(report.blocks()).isEqualTo(10);
      assertThat(report.damaged())
          .containsExactly(new DamagedBlock(victim.cid(), "00000001.car", offset));

      assertThatThrownBy(() -> store.read(victim.cid()))
          .isInstanceOf(IntegrityException.class)
          .hasMessageContaining("00000001.car@" + offset);
      assertThat(store.has(victim.cid())).isFalse();
      store.accept(victim);
      assertReadable(store, blocks);
      assertThat(store.verify((done, inAll) -> {}).clean()).isTrue();
    }
    assertReopens(home, blocks);
  }

  @Test
  void verificationGoesByTheIndexWhereAPacksStructureIsDamaged() throws Exception {
    Path home = temporary.resolve("home");
    List<Block> blocks = fill(home, 10, 100);
    try (DiskBlockStore store = DiskBlockStore.open(home, OPTIONS)) {
      long offset = find(pack(home, 1), blocks.get(4).bytes());
      flip(pack(home, 1), offset - 37); // the CID's version, behind the section's length
      flip(pack(home, 1), find(pack(home, 1), blocks.get(7).bytes()));

      Verification report = store.verify((done, inAll) -> {});

      assertThat(report.blocks()).isEqualTo(10);
      assertThat(report.damaged())
          .extracting(DamagedBlock::cid)
          .containsExactly(blocks.get(7).cid());
    }
  }

  @Test
  void aPackCutShortWhileOpenIsDamageToo() throws Exception {
    Path home = temporary.resolve("home");
    List<Block> blocks = fill(home, 10, 100);
    try (DiskBlockStore store = DiskBlockStore.open(home, OPTIONS)) {
      truncate(pack(home, 1), 500);

      assertThat(store.verify((done, inAll) -> {}).missing()).isPositive();
      assertThatThrownBy(() -> store.read(blocks.get(9).cid()))
          .isInstanceOf(IntegrityException.class);
      assertThat(store.read(blocks.get(0).cid())).isPresent();
    }
  }

  private static List<Block> fill(Path home, int count, int size) throws Exception {
    List<Block> blocks = new ArrayList<>();
    try (DiskBlockStore store = DiskBlockStore.open(home, OPTIONS)) {
      for (int i = 0; i < count; i++) {
        blocks.add(Dags.leaf(i, size));
        store.accept(blocks.getLast());
      }
    }
    return blocks;
  }

  private static void assertReopens(Path home, List<Block> blocks) throws Exception {
    try (DiskBlockStore store = DiskBlockStore.open(home, OPTIONS)) {
      assertReadable(store, blocks);
    }
  }

  private static void assertReadable(DiskBlockStore store, List<Block> blocks) throws Exception {
    for (Block block : blocks) {
      assertThat(store.read(block.cid())).contains(block.bytes());
    }
  }

  private static Path pack(Path home, int id) {
    return home.resolve("packs").resolve(PackFormat.name(id));
  }

  private static long find(Path file, Bytes needle) throws IOException {
    byte[] all = Files.readAllBytes(file);
    return Bytes.owning(all).hex().indexOf(needle.hex()) / 2;
  }

  private static void flip(Path file, long at) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(at);
      int old = open.read();
      open.seek(at);
      open.write(old ^ 0x10);
    }
  }

  private static void truncate(Path file, long size) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.setLength(size);
    }
  }

  private static void append(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes, StandardOpenOption.APPEND);
  }

  private Path copy(Path origin, String name) throws IOException {
    Path target = temporary.resolve(name);
    Files.walkFileTree(
        origin,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(target.resolve(origin.relativize(directory)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(file, target.resolve(origin.relativize(file)));
            return FileVisitResult.CONTINUE;
          }
        });
    return target;
  }
}
