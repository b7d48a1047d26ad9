package spindrift.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.blocks.GcMode;
import spindrift.catalog.CatalogRecord.Origin;
import spindrift.catalog.CatalogRecord.Pin;
import spindrift.nix.NarInfo;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.store.LocalStore;
import spindrift.store.LocalStores;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/** What is in a real Nix store becomes records whose leaves stay where they are. */
final class IndexerTest {
  private static final TestTree TREE =
      TestTree.directory(
          "data", TestTree.file(TestTree.noise(5, 2_000_000)),
          "empty", TestTree.file(""),
          "run", TestTree.program(TestTree.noise(6, 100)),
          "to", TestTree.link("data"));

  @TempDir Path scratch;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private NixClient nix;
  private LocalStore store;
  private Holdings here;
  private StorePath path;

  @BeforeEach
  void open() throws Exception {
    assumeThat(RealNix.newest()).as("a real Nix").isPresent();
    nix = RealNix.newest().orElseThrow().client(scratch.resolve("nix"));
    path = add("object", TREE);
    openHoldings();
  }

  private void openHoldings() throws Exception {
    store = LocalStores.open(nix.root().toString()).orElseThrow();
    opened.add(store);
    here = Holdings.open(Files.createDirectories(scratch.resolve("data")), Optional.of(store));
    opened.add(here);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
    opened.clear();
  }

  /** As Nix's garbage collector does, which an open store keeps away. */
  private void deleteFromStore() throws Exception {
    close();
    nix.run("nix-store", "--delete", path.in(StoreDir.DEFAULT));
    openHoldings();
  }

  @Test
  void takesPathsInWithoutCopyingLeaves() throws Exception {
    Indexer.Outcome outcome = index(List.of(path));

    assertThat(outcome.added()).containsExactly(path);
    assertThat(outcome.failed()).isEmpty();
    assertThat(outcome.narBytes()).isEqualTo(TREE.nar().size());
    assertThat(here.blocks.stats().packBytes()).isLessThan(20_000);
    assertThat(here.blocks.stats().references()).isGreaterThan(2);
    CatalogRecord record = here.catalog.find(path).orElseThrow();
    assertThat(record.origin()).isEqualTo(Origin.STORE);
    assertThat(record.pin()).isEqualTo(Pin.PINNED);
    assertThat(here.served(path)).contains(TREE.nar());
    assertThat(here.housekeeping.verify(record, Progress.NONE)).isEmpty();

    Indexer.Outcome again = index(List.of(path));
    assertThat(again.added()).isEmpty();
    assertThat(again.known()).containsExactly(path);
  }

  @Test
  void servesWhatIsNotIndexed() throws Exception {
    NarInfo info = here.cache.narInfo(path.hashPart()).orElseThrow();
    assertThat(info.url()).endsWith(".nar?hash=" + path.hashPart());
    assertThat(here.cache.nar(info.narHash(), Optional.of(path.hashPart()))).isPresent();
    assertThat(here.cache.nar(info.narHash(), Optional.empty())).isEmpty();
    assertThat(here.cache.listing(path.hashPart())).isPresent();
  }

  @Test
  void tellsOfPathsThatAreNotThere() throws Exception {
    Indexer.Outcome outcome = index(List.of(Holdings.path('z'), path));
    assertThat(outcome.added()).containsExactly(path);
    assertThat(outcome.failed())
        .singleElement()
        .satisfies(
            failure -> {
              assertThat(failure.path()).isEqualTo(Holdings.path('z'));
              assertThat(failure.cause()).isInstanceOf(AbsentException.class);
            });
  }

  @Test
  void refusesADamagedPathAndTakesTheOthers() throws Exception {
    StorePath other = add("other", TestTree.file("fine"));
    damage();
    Indexer.Outcome outcome = index(List.of(path, other));
    assertThat(outcome.added()).containsExactly(other);
    assertThat(outcome.failed())
        .singleElement()
        .satisfies(
            failure -> {
              assertThat(failure.path()).isEqualTo(path);
              assertThat(failure.cause()).isInstanceOf(IntegrityException.class);
            });
    assertThat(here.catalog.find(path)).isEmpty();
  }

  @Test
  void readsTouchedFilesAgain() throws Exception {
    index(List.of(path));
    Bytes before = here.catalog.find(path).orElseThrow().treeFingerprint().orElseThrow();
    Files.setLastModifiedTime(file("data"), FileTime.fromMillis(77));

    Indexer.Outcome outcome = index(List.of(path));
    assertThat(outcome.added()).containsExactly(path);
    CatalogRecord after = here.catalog.find(path).orElseThrow();
    assertThat(after.treeFingerprint()).isPresent().isNotEqualTo(Optional.of(before));
    assertThat(here.housekeeping.verify(after, Progress.NONE)).isEmpty();
  }

  @Test
  void findsDamageDoneAfterwards() throws Exception {
    index(List.of(path));
    CatalogRecord record = here.catalog.find(path).orElseThrow();
    damage();
    assertThat(here.housekeeping.verify(record, Progress.NONE)).isPresent();
    assertThat(index(List.of(path)).failed()).hasSize(1);
  }

  @Test
  void keepsSignaturesThatTheStoreDoesNotHave() throws Exception {
    NarInfo info = Holdings.narInfo(path, TREE);
    NarInfo signed =
        info.withSignature(SecretKey.generate("key").sign(info.fingerprint(StoreDir.DEFAULT)));
    here.putNar(path, TREE);
    here.put(signed);
    index(List.of(path));
    assertThat(here.cache.narInfo(path.hashPart()).orElseThrow().signatures())
        .containsAll(signed.signatures());
  }

  @Test
  void notesTheBlocksOfPublicPathsOnTheWay() throws Exception {
    Sharing sharing = new Sharing(here.catalog, here.blocks, List.of());
    sharing.share(List.of(path));
    index(List.of(path));
    CatalogRecord record = here.catalog.find(path).orElseThrow();
    ViewBlocks walked = new ViewBlocks();
    record.views().blocks(here.blocks).forEach(walked::add);
    assertThat(notedDigests()).isEqualTo(walked.digests());
  }

  private Bytes notedDigests() throws Exception {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Path file = scratch.resolve("data/catalog.db");
    try (Connection db = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = db.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT digest FROM shared_blocks ORDER BY digest")) {
      while (rows.next()) {
        all.writeBytes(rows.getBytes(1));
      }
    }
    return Bytes.owning(all.toByteArray());
  }

  @Test
  void recordsGoWithTheirPaths() throws Exception {
    index(List.of(path));
    deleteFromStore();

    Housekeeping.Collected dry = here.collect(Housekeeping.Scope.OVER_QUOTA, GcMode.DRY_RUN);
    assertThat(dry.gone()).containsExactly(path);
    assertThat(here.catalog.find(path)).isPresent();
    here.collect(Housekeeping.Scope.OVER_QUOTA, GcMode.COLLECT);
    assertThat(here.catalog.find(path)).isEmpty();
    assertThat(here.blocks.stats().blocks()).isZero();
    assertThat(here.served(path)).isEmpty();
  }

  @Test
  void anUploadOverARecordWhosePathIsGoneIsServed() throws Exception {
    index(List.of(path));
    deleteFromStore();
    here.push(path, TREE);
    assertThat(here.served(path)).contains(TREE.nar());
    here.collect(Housekeeping.Scope.OVER_QUOTA, GcMode.COLLECT);
    assertThat(here.served(path)).contains(TREE.nar());
  }

  private Indexer.Outcome index(Collection<StorePath> paths)
      throws IOException, FaultException, InterruptedException {
    Indexer.Outcome outcome =
        new Indexer(here.catalog, here.blocks, store).add(paths, Progress.NONE);
    outcome.added().forEach(added -> here.cache.forget(added.hashPart()));
    return outcome;
  }

  private StorePath add(String name, TestTree tree) throws IOException, FaultException {
    Path files = tree.write(Files.createTempDirectory(scratch, "new").resolve(name));
    return StorePath.parse(
        StoreDir.DEFAULT, nix.run("nix-store", "--add", files.toString()).line());
  }

  private Path file(String name) {
    return nix.physical(path.in(StoreDir.DEFAULT)).resolve(name);
  }

  /** Another file of the same size in the place of one. */
  private void damage() throws IOException {
    Path file = file("data");
    byte[] content = Files.readAllBytes(file);
    content[1000] ^= 1;
    file.getParent().toFile().setWritable(true);
    Files.delete(file);
    Files.write(file, content);
  }
}
