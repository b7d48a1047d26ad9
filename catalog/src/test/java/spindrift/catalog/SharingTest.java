package spindrift.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.Multihash;
import spindrift.blocks.GcMode;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.ipld.DagPb;
import spindrift.ipld.PbLink;
import spindrift.ipld.PbNode;
import spindrift.nix.NarInfo;
import spindrift.nix.PublicKey;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/**
 * Objects and blocks are public when a key or the owner says so, and only as long as that holds.
 */
final class SharingTest {
  private static final SecretKey KEY = SecretKey.generate("public-1");
  private static final SecretKey OTHER = SecretKey.generate("other-1");
  private static final StorePath A = Holdings.path('a');
  private static final StorePath B = Holdings.path('b');
  private static final TestTree COMMON = TestTree.file(TestTree.noise(9, 100_000));
  private static final TestTree TREE =
      TestTree.directory(
          "common", COMMON,
          "large", TestTree.program(TestTree.noise(1, 2_500_000)),
          "link", TestTree.link("large"));
  private static final TestTree SECRET =
      TestTree.directory("common", COMMON, "secret", TestTree.file("nobody's business"));

  @TempDir Path folder;
  private Holdings here;
  private Sharing sharing;

  @BeforeEach
  void open() throws Exception {
    openWith(KEY);
  }

  private void openWith(SecretKey... keys) throws IOException {
    here = Holdings.open(folder);
    sharing = sharing(keys);
  }

  private Sharing sharing(SecretKey... keys) {
    List<PublicKey> shareKeys = List.of(keys).stream().map(SecretKey::publicKey).toList();
    return new Sharing(here.catalog, here.blocks, shareKeys);
  }

  @AfterEach
  void close() throws Exception {
    here.close();
  }

  @Test
  void whatAKeySignedIsPublicWithAllItsBlocks() throws Exception {
    pushSigned(A, TREE, KEY);
    assertPublic(A);
    for (Cid cid : blocks(A)) {
      assertThat(sharing.isPublic(cid)).as("%s", cid).isTrue();
      assertThat(sharing.isPublic(Cid.of(Cid.DAG_CBOR, cid.hash()))).isTrue();
    }
  }

  @Test
  void allElseIsPrivate() throws Exception {
    here.push(A, TREE);
    pushSigned(B, SECRET, OTHER);
    assertPrivate(A);
    assertPrivate(B);
    assertThat(sharing.isPublic(Block.raw(Bytes.utf8("not here")).cid())).isFalse();
    assertThat(sharing.isPublic(Holdings.narInfo(Holdings.path('c'), COMMON))).isFalse();
  }

  @Test
  void aForgedSignatureMakesNothingPublic() throws Exception {
    NarInfo other = Holdings.narInfo(B, SECRET);
    here.putNar(A, TREE);
    here.put(
        Holdings.narInfo(A, TREE).withSignature(KEY.sign(other.fingerprint(StoreDir.DEFAULT))));
    assertPrivate(A);
  }

  @Test
  void aBlockInsideItsCidIsNeverPublic() throws Exception {
    pushSigned(A, TREE, KEY);
    assertThat(sharing.isPublic(Cid.identityRaw(Bytes.utf8("(")))).isFalse();
    Bytes digest = here.catalog.find(A).orElseThrow().narView().digest();
    assertThat(
            sharing.isPublic(Cid.of(Cid.RAW, new Multihash(Multihash.SHA1, digest.slice(0, 20)))))
        .isFalse();
    assertThat(sharing.isPublic(Cid.of(Cid.RAW, new Multihash(Multihash.SHA2_256, Bytes.of(1)))))
        .isFalse();
  }

  @Test
  void theOwnerSharesWhatNobodySigned() throws Exception {
    here.push(A, TREE);
    sharing.share(List.of(A, B));
    assertPublic(A);
    here.push(B, SECRET);
    assertPublic(B);
  }

  @Test
  void theOwnerHasTheLastWord() throws Exception {
    pushSigned(A, TREE, KEY);
    sharing.unshare(List.of(A, B));
    assertPrivate(A);
    pushSigned(B, SECRET, KEY);
    pushSigned(A, TREE, KEY);
    assertPrivate(A);
    assertPrivate(B);
    sharing.share(List.of(A));
    assertPublic(A);
  }

  @Test
  void aLeafThatIsAlsoPublicIsPublic() throws Exception {
    pushSigned(A, TREE, KEY);
    here.push(B, SECRET);
    Set<Cid> both = blocks(B);
    both.retainAll(blocks(A));
    assertThat(both).isNotEmpty();
    for (Cid cid : blocks(B)) {
      assertThat(sharing.isPublic(cid)).isEqualTo(both.contains(cid));
    }
    sharing.unshare(List.of(A));
    assertPrivate(B);
  }

  @Test
  void blocksGoWithTheRecord() throws Exception {
    pushSigned(A, TREE, KEY);
    Set<Cid> blocks = blocks(A);
    here.catalog.remove(List.of(A));
    for (Cid cid : blocks) {
      assertThat(sharing.isPublic(cid)).isFalse();
    }
    assertThat(rows("shared_blocks")).isPositive();
    sharing.catchUp(Pace.FULL);
    assertThat(rows("shared_blocks")).isZero();
  }

  @Test
  void aCollectionSweepsRows() throws Exception {
    pushSigned(A, TREE, KEY);
    pushSigned(B, SECRET, KEY);
    here.catalog.remove(List.of(A));
    here.collect(Housekeeping.Scope.OVER_QUOTA, GcMode.COLLECT);
    assertPublic(B);
    assertThat(rows("shared_blocks")).isEqualTo(blocks(B).size());
  }

  @Test
  void viewsThatAreReplacedArePrivate() throws Exception {
    pushSigned(A, TREE, KEY);
    CatalogRecord before = here.catalog.find(A).orElseThrow();
    here.push(B, SECRET);
    CatalogRecord other = here.catalog.find(B).orElseThrow();
    here.catalog.put(List.of(withViews(before, other.narView(), other.treeView())));
    assertThat(sharing.isPublic(before.narView())).isFalse();
    assertThat(sharing.isPublic(other.narView())).isTrue();
  }

  @Test
  void whatIsPublicStaysSoOverReopening() throws Exception {
    pushSigned(A, TREE, KEY);
    here.push(B, SECRET);
    sharing.share(List.of(B));
    close();
    openWith(KEY);
    assertPublic(A);
    assertPublic(B);
    sharing.unshare(List.of(A, B));
    close();
    openWith(KEY);
    assertPrivate(A);
    assertPrivate(B);
  }

  @Test
  void aKeyThatIsTakenAwayCountsNoMoreAndANewOneCounts() throws Exception {
    pushSigned(A, TREE, KEY);
    pushSigned(B, SECRET, OTHER);
    close();
    openWith(OTHER);
    assertThat(sharing.isPublic(here.catalog.find(A).orElseThrow().narInfo())).isFalse();
    assertThat(sharing.isPublic(here.catalog.find(A).orElseThrow().narView())).isFalse();
    sharing.catchUp(Pace.FULL);
    assertPublic(B);
    close();
    openWith();
    assertPrivate(A);
    assertPrivate(B);
  }

  @Test
  void aCatalogOfBeforeThereWasSharingIsCaughtUpWith() throws Exception {
    pushSigned(A, TREE, KEY);
    here.push(B, SECRET);
    close();
    try (Connection db =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("catalog.db"));
        Statement statement = db.createStatement()) {
      for (String table : List.of("share_choices", "shared_objects", "shared_blocks")) {
        statement.execute("DROP TABLE " + table);
      }
      statement.execute("PRAGMA user_version = 1");
    }
    openWith(KEY);
    Cid root = here.catalog.find(A).orElseThrow().narView();
    assertThat(sharing.isPublic(root)).isFalse();
    sharing.catchUp(Pace.FULL);
    assertPublic(A);
    assertThat(sharing.isPublic(here.catalog.find(B).orElseThrow().narView())).isFalse();
  }

  @Test
  void aRecordOfACrashIsPrivateUntilItIsCaughtUpWith() throws Exception {
    here.catalog.tell(records -> {});
    pushSigned(A, TREE, KEY);
    pushSigned(B, SECRET, KEY);
    assertThat(sharing.isPublic(here.catalog.find(A).orElseThrow().treeView())).isFalse();
    sharing.index(here.catalog.find(A).orElseThrow());
    assertPublic(A);
    sharing.catchUp(Pace.FULL);
    assertPublic(B);
  }

  @Test
  void aRecordWhoseNodesAreGoneIsPutAndNotShared() throws Exception {
    pushSigned(A, TREE, KEY);
    CatalogRecord record = here.catalog.find(A).orElseThrow();
    Cid gone = Block.dagPb(new PbNode(List.of(), Optional.empty())).cid();
    here.catalog.put(List.of(withViews(record, gone, record.treeView())));
    assertThat(here.catalog.find(A).orElseThrow().narView()).isEqualTo(gone);
    assertThat(sharing.isPublic(record.treeView())).isFalse();
    sharing.catchUp(Pace.FULL);
    assertThat(sharing.isPublic(gone)).isFalse();
  }

  private static CatalogRecord withViews(CatalogRecord record, Cid narView, Cid treeView) {
    return new CatalogRecord(
        record.narInfo(),
        narView,
        treeView,
        record.origin(),
        record.pin(),
        record.treeFingerprint(),
        record.added(),
        record.used());
  }

  private void pushSigned(StorePath path, TestTree tree, SecretKey key)
      throws IOException, FaultException {
    NarInfo info = Holdings.narInfo(path, tree);
    here.putNar(path, tree);
    here.put(info.withSignature(key.sign(info.fingerprint(StoreDir.DEFAULT))));
  }

  private void assertPublic(StorePath path) throws IOException, FaultException {
    assertThat(sharing.isPublic(here.catalog.find(path).orElseThrow().narInfo())).isTrue();
    for (Cid cid : blocks(path)) {
      assertThat(sharing.isPublic(cid)).as("%s", cid).isTrue();
    }
  }

  private void assertPrivate(StorePath path) throws IOException, FaultException {
    assertThat(sharing.isPublic(here.catalog.find(path).orElseThrow().narInfo())).isFalse();
    for (Cid cid : blocks(path)) {
      assertThat(sharing.isPublic(cid)).as("%s", cid).isFalse();
    }
  }

  /** All blocks of both views, found without the code under test. */
  private Set<Cid> blocks(StorePath path) throws IOException, FaultException {
    CatalogRecord record = here.catalog.find(path).orElseThrow();
    Set<Cid> found = new HashSet<>();
    gather(record.narView(), found);
    gather(record.treeView(), found);
    assertThat(found).hasSizeGreaterThan(3);
    return found;
  }

  private void gather(Cid cid, Set<Cid> found) throws IOException, FaultException {
    if (!cid.isIdentity() && found.add(cid) && cid.codec() == Cid.DAG_PB) {
      for (PbLink link : DagPb.decode(here.blocks.load(cid)).links()) {
        gather(link.cid(), found);
      }
    }
  }

  private long rows(String table) throws Exception {
    try (Connection db =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("catalog.db"));
        Statement statement = db.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
      return row.getLong(1);
    }
  }
}
