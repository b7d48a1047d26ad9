package spindrift.blocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.base.FileIdentity;
import spindrift.base.RawPath;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

class ReferencesTest {
  /** A clock for which every file changed long ago, so that identities are believed at once. */
  private static final DiskOptions LATER =
      new DiskOptions(
          DiskOptions.DEFAULTS.maxPackBytes(),
          60,
          Clock.offset(Clock.systemUTC(), Duration.ofHours(1)));

  @TempDir Path directory;
  private DiskBlockStore store;

  @BeforeEach
  void open() throws IOException {
    store = DiskBlockStore.open(directory.resolve("data"), LATER);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  @Test
  void readsLeavesOutOfAFileWithoutStoringThem() throws Exception {
    Block one = Dags.leaf(1, 300);
    Block two = Dags.leaf(2, 200);
    refer(directory.resolve("file"), one, two);
    reopen();

    assertThat(store.has(one.cid())).isTrue();
    assertThat(store.size(two.cid())).hasValue(200);
    assertThat(store.read(one.cid())).contains(one.bytes());
    assertThat(store.read(two.cid())).contains(two.bytes());
    assertThat(store.stats().references()).isEqualTo(2);
    assertThat(store.stats().packs()).isZero();
  }

  @Test
  void tellsWhereLeavesLieThatAreAsTheyWere() throws Exception {
    Block one = Dags.leaf(1, 300);
    Block two = Dags.leaf(2, 200);
    Block other = Dags.leaf(3, 100);
    Path file = directory.resolve("file");
    refer(file, one, two);
    refer(directory.resolve("other"), other);
    refer(directory.resolve("copy"), one);
    store.accept(Dags.leaf(4, 100));
    Files.delete(directory.resolve("copy"));
    FileIdentity identity = FileIdentity.of(file);

    List<Cid> all = List.of(one.cid(), two.cid(), Dags.leaf(4, 100).cid(), other.cid());
    List<LeafPlace> places = new ArrayList<>();
    store.places(all, (leaf, place) -> places.add(place));
    assertThat(places)
        .containsExactly(
            new LeafPlace(file, 0, 300, identity),
            new LeafPlace(file, 300, 200, identity),
            new LeafPlace(
                directory.resolve("other"), 0, 100, FileIdentity.of(directory.resolve("other"))));

    Files.writeString(file, "something else");
    places.clear();
    store.places(all, (leaf, place) -> places.add(place));
    assertThat(places).extracting(LeafPlace::file).containsExactly(directory.resolve("other"));
  }

  @Test
  void aBlockThatIsReferencedIsNotStoredAgain() throws Exception {
    Block leaf = Dags.leaf(1, 300);
    refer(directory.resolve("file"), leaf);
    store.accept(leaf);
    store.sync();

    assertThat(store.stats().blocks()).isZero();
  }

  @Test
  void aBlockWhoseFileIsGoneIsStored() throws Exception {
    Block leaf = Dags.leaf(1, 300);
    refer(directory.resolve("file"), leaf);
    Files.delete(directory.resolve("file"));
    store.accept(leaf);
    store.sync();

    assertThat(store.stats().blocks()).isEqualTo(1);
    assertThat(store.read(leaf.cid())).contains(leaf.bytes());
  }

  @Test
  void aChangedFileNeverGivesWrongBytes() throws Exception {
    Path file = directory.resolve("file");
    Block kept = Dags.leaf(1, 300);
    Block changed = Dags.leaf(2, 300);
    refer(file, kept, changed);
    byte[] content = Files.readAllBytes(file);
    content[450] ^= 1;
    Files.write(file, content);

    assertThat(store.read(kept.cid())).contains(kept.bytes());
    // The first leaf was proved in the changed file; that must not vouch for the second.
    assertThat(store.read(changed.cid())).isEmpty();
    assertThat(store.has(changed.cid())).isFalse();
    assertThat(store.read(kept.cid())).contains(kept.bytes());
    assertThat(store.stats().references()).isEqualTo(1);
  }

  @Test
  void aChangeWithTheOldTimeStampIsSeen() throws Exception {
    Path file = directory.resolve("file");
    Block leaf = Dags.leaf(1, 300);
    refer(file, leaf);
    FileTime time = Files.getLastModifiedTime(file);
    Files.write(file, new byte[300]);
    Files.setLastModifiedTime(file, time);

    assertThat(store.read(leaf.cid())).isEmpty();
  }

  @Test
  void aFileThatShrankOrVanishedOrBecameALinkIsDropped() throws Exception {
    List<Block> leaves = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      leaves.add(Dags.leaf(i, 300));
      refer(directory.resolve("file" + i), leaves.get(i));
    }
    Files.write(directory.resolve("file0"), new byte[10]);
    Files.delete(directory.resolve("file1"));
    Files.move(directory.resolve("file2"), directory.resolve("moved"));
    Files.createSymbolicLink(directory.resolve("file2"), directory.resolve("moved"));

    assertThat(store.read(leaves.get(0).cid())).isEmpty();
    assertThat(store.has(leaves.get(1).cid())).isFalse();
    assertThat(store.read(leaves.get(2).cid())).isEmpty();
    assertThat(store.has(leaves.get(2).cid())).isFalse();
  }

  @Test
  void anotherCopyServesWhenOneIsGone() throws Exception {
    Block leaf = Dags.leaf(1, 300);
    for (int i = 0; i < 3; i++) {
      refer(directory.resolve("file" + i), leaf);
    }
    Files.delete(directory.resolve("file2"));
    Files.write(directory.resolve("file1"), new byte[300]);

    assertThat(store.read(leaf.cid())).contains(leaf.bytes());
    assertThat(store.stats().references()).isEqualTo(2); // the vanished one waits for the sweep
  }

  @Test
  void keepsOnlyTheLatestFewCopies() throws Exception {
    Block leaf = Dags.leaf(1, 300);
    for (int i = 0; i < 10; i++) {
      refer(directory.resolve("file" + i), leaf);
    }

    assertThat(store.stats().references()).isEqualTo(ReferenceIndex.MAX_COPIES);
    for (int i = 0; i < 9; i++) {
      Files.delete(directory.resolve("file" + i));
    }
    assertThat(store.read(leaf.cid())).contains(leaf.bytes());
  }

  @Test
  void aFileReplacedByAnEqualOneIsProvedOnceAndBelievedAgain() throws Exception {
    Path file = directory.resolve("file");
    Block leaf = Dags.leaf(1, 300);
    refer(file, leaf);
    Files.copy(file, directory.resolve("copy"));
    Files.move(directory.resolve("copy"), file, StandardCopyOption.REPLACE_EXISTING);
    FileIdentity now = FileIdentity.of(file);

    assertThat(store.read(leaf.cid())).contains(leaf.bytes());
    assertThat(inodesOnRecord()).contains(now.inode());
    assertThat(store.read(leaf.cid())).contains(leaf.bytes());
    assertThat(store.stats().references()).isEqualTo(1);
  }

  @Test
  void aFileThatChangedJustNowIsNotBelieved() throws Exception {
    store.close();
    store = DiskBlockStore.open(directory.resolve("data"), DiskOptions.DEFAULTS);
    Path file = directory.resolve("file");
    Block leaf = Dags.leaf(1, 300);
    refer(file, leaf);

    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT changed FROM files")) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getLong(1)).isEqualTo(-1);
    }
    assertThat(store.read(leaf.cid())).contains(leaf.bytes());
  }

  @Test
  void fileNamesMayBeAnyBytes() throws Exception {
    String[] names = {"e9", "fffe", "610a62", "3130302523", "612062", "c3a9"};
    for (int i = 0; i < names.length; i++) {
      Bytes name = Bytes.parseHex(names[i]);
      Path file = directory.resolve(RawPath.of(name));
      Block leaf = Dags.leaf(i, 300);
      refer(file, leaf);

      assertThat(store.read(leaf.cid())).as(names[i]).contains(leaf.bytes());
    }
  }

  @Test
  void garbageCollectionForgetsFilesThatAreGone() throws Exception {
    for (int i = 0; i < 20; i++) {
      refer(directory.resolve("file" + i), Dags.leaf(i, 300), Dags.leaf(100 + i, 20));
    }
    for (int i = 0; i < 15; i++) {
      Files.delete(directory.resolve("file" + i));
    }

    assertThat(store.collect(List.of(), GcMode.DRY_RUN).referencesDropped()).isZero();
    assertThat(store.collect(List.of(), GcMode.COLLECT).referencesDropped()).isEqualTo(30);
    assertThat(store.stats().references()).isEqualTo(10);
    assertThat(store.read(Dags.leaf(17, 300).cid())).isPresent();
  }

  @Test
  void aDamagedBlockIsReadFromAStoreFileInstead() throws Exception {
    Block leaf = Dags.leaf(1, 300);
    store.accept(leaf);
    store.sync();
    refer(directory.resolve("file"), leaf);
    Path pack = directory.resolve("data/packs/00000001.car");
    byte[] bytes = Files.readAllBytes(pack);
    bytes[bytes.length - 1] ^= 1;
    Files.write(pack, bytes);

    assertThat(store.read(leaf.cid())).contains(leaf.bytes());
    assertThat(store.read(leaf.cid())).contains(leaf.bytes());
  }

  @Test
  void anUnreadableDatabaseOfReferencesIsReplaced() throws Exception {
    Block leaf = Dags.leaf(1, 300);
    refer(directory.resolve("file"), leaf);
    store.close();
    Files.writeString(
        directory.resolve("data/references.db"), "no database, though it is rather long");
    store = DiskBlockStore.open(directory.resolve("data"), LATER);

    assertThat(store.has(leaf.cid())).isFalse();
    refer(directory.resolve("file"), leaf);
    assertThat(store.read(leaf.cid())).isPresent();
  }

  @Test
  void stayWithinTheirShareOfTheDisk() throws Exception {
    // The mix of a distribution release: 57 k files and 100 k leaves in 2.45 GB, here a fiftieth.
    List<ReferencedFile> files = new ArrayList<>();
    FileIdentity identity = new FileIdentity(65024, 12_345_678, 25_000, 1_000_000_000L, 1L << 60);
    for (int f = 0; f < 1140; f++) {
      Path path =
          Path.of(
              "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-package-1.2."
                  + f / 60
                  + "/share/directory-"
                  + f / 6
                  + "/some-file-"
                  + f
                  + ".txt");
      List<LeafReference> leaves = new ArrayList<>();
      for (int l = 0; l < (f % 4 == 0 ? 4 : 1); l++) {
        leaves.add(new LeafReference(Dags.leaf(f * 10L + l, 16).cid(), l * 60_000L, 60_000));
      }
      files.add(new ReferencedFile(path, identity, leaves));
    }
    for (int start = 0; start < files.size(); start += 60) {
      store.addReferences(files.subList(start, Math.min(start + 60, files.size())));
    }
    store.close();

    assertThat(Files.size(directory.resolve("data/references.db"))).isLessThan(25_000_000 / 50);
    store = DiskBlockStore.open(directory.resolve("data"), LATER);
  }

  @Test
  void refusesWhatCannotBeALeaf() {
    Cid cid = Dags.leaf(1, 1).cid();

    assertThatThrownBy(() -> new LeafReference(cid, -1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new LeafReference(cid, 0, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new LeafReference(cid, 0, BlockWriter.MAX_BLOCK_BYTES + 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                new ReferencedFile(Path.of("relative"), new FileIdentity(1, 1, 1, 1, 1), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Writes the leaves one after another into a file and refers to them. */
  private void refer(Path file, Block... leaves) throws IOException {
    List<LeafReference> references = new ArrayList<>();
    try (var out = Files.newOutputStream(file)) {
      long offset = 0;
      for (Block leaf : leaves) {
        leaf.bytes().writeTo(out);
        references.add(new LeafReference(leaf.cid(), offset, leaf.bytes().size()));
        offset += leaf.bytes().size();
      }
    }
    store.addReferences(List.of(new ReferencedFile(file, FileIdentity.of(file), references)));
    store.sync();
  }

  private void reopen() throws IOException {
    store.close();
    store = DiskBlockStore.open(directory.resolve("data"), LATER);
  }

  private List<Long> inodesOnRecord() throws Exception {
    List<Long> inodes = new ArrayList<>();
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT inode FROM files")) {
      while (rows.next()) {
        inodes.add(rows.getLong(1));
      }
    }
    return inodes;
  }

  private Connection connect() throws Exception {
    return DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("data/references.db"));
  }
}
