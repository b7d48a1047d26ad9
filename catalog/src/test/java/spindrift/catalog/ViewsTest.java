package spindrift.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.FileIdentity;
import spindrift.blocks.MemoryBlockStore;
import spindrift.dag.DagFile;
import spindrift.dag.UnixFsDag;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsEntry;
import spindrift.ipld.UnixFsNode;
import spindrift.nix.FileMode;
import spindrift.nix.NarListingBuilder;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.StorePath;
import spindrift.store.LocalStore;
import spindrift.store.LocalStores;
import spindrift.store.StoreTree;
import spindrift.testkit.Corpus;
import spindrift.testkit.RealNix;
import spindrift.testkit.Seeds;

/** Both views render what they are views of, and hang on the same leaves. */
final class ViewsTest {
  private final MemoryBlockStore blocks = new MemoryBlockStore();
  private final UnixFsDag dag = new UnixFsDag(blocks);

  @TempDir Path scratch;

  static Stream<String> hardCases() {
    return TestTree.hardCases().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("hardCases")
  void rendersHardCases(String name) throws Exception {
    checkViews(TestTree.hardCases().get(name));
  }

  @Test
  void rendersGeneratedTrees() {
    Seeds.forEach(60, random -> checkViews(TestTree.random(random, 4)));
  }

  @Test
  void rendersWhatNixDumps() throws Exception {
    RealNix nix = RealNix.newest().orElse(null);
    assumeThat(nix).as("a real Nix").isNotNull();
    int number = 0;
    for (TestTree tree : TestTree.hardCases().values()) {
      Path files = tree.write(scratch.resolve("tree-" + number++));
      Bytes dumped =
          nix.client(scratch.resolve("nix")).run("nix-store", "--dump", files.toString()).stdout();
      assertThat(tree.nar()).isEqualTo(dumped);
    }
  }

  @Test
  void shardsLargeDirectories() throws Exception {
    TestTree tree = TestTree.hardCases().get("many-files");
    assertThat(dag.node(build(tree).views().tree())).isInstanceOf(UnixFsNode.Shard.class);
  }

  @Test
  void cutsFramingFromTheBeginningOfEachRun() throws Exception {
    ViewBuilder.Result result = build(TestTree.hardCases().get("many-links"));
    List<Cid> leaves = leaves(result.views().nar());
    for (Cid piece : leaves.subList(0, leaves.size() - 1)) {
      assertThat(piece.digest().size()).isEqualTo(ViewBuilder.MAX_FRAMING_PIECE);
    }
    assertThat(blocks.count()).as("framing needs nodes only").isLessThan(60);
  }

  @Test
  void aSmallPlainFileIsItsLeaf() throws Exception {
    assertThat(build(TestTree.file("hello\n")).views().tree())
        .isEqualTo(Block.raw(Bytes.utf8("hello\n")).cid());
    assertThat(build(TestTree.file("")).views().tree()).isEqualTo(Block.raw(Bytes.EMPTY).cid());
  }

  /** CIDs that were once given out. They must never change: see PROVENANCE.md beside them. */
  @Test
  void givesTheSameCidsForEver() throws Exception {
    Map<String, String> frozen = new TreeMap<>();
    try (InputStream in = ViewsTest.class.getResourceAsStream("/vectors/views/cids.txt")) {
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .forEach(line -> frozen.put(line.split(" ", 2)[0], line.split(" ", 2)[1]));
    }
    Map<String, String> now = new TreeMap<>();
    for (Map.Entry<String, TestTree> entry : TestTree.hardCases().entrySet()) {
      ViewBuilder.Result result = build(entry.getValue());
      now.put(entry.getKey(), result.views().nar() + " " + result.views().tree());
    }
    assertThat(now).isEqualTo(frozen);
  }

  @Test
  void rendersEveryPathOfTheCorpus() throws Exception {
    assumeThat(Corpus.missing()).as(Corpus.missing().orElse("")).isEmpty();
    try (LocalStore store = LocalStores.open(Corpus.store().toString()).orElseThrow()) {
      for (String path : Corpus.paths()) {
        PathInfo info = store.pathInfo(StorePath.parse(store.storeDir(), path)).orElseThrow();
        MemoryBlockStore own = new MemoryBlockStore();
        ViewBuilder builder = new ViewBuilder(own, Leaves.keptIn(own));
        new StoreTree(store.realPath(info.path())).walk(new FilesToNar(builder));
        ViewBuilder.Result result = builder.finish();
        assertThat(result.narHash()).as(path).isEqualTo(info.narHash());
        DagFile nar = new UnixFsDag(own).file(result.views().nar());
        HashingTarget hashing = new HashingTarget((buffer, from, length) -> {}, 0, nar.size());
        nar.writeTo(hashing, 0, nar.size());
        hashing.finish(info.narHash(), path);
        assertThat(nar.size()).isEqualTo(info.narSize());
      }
    }
  }

  private ViewBuilder.Result build(TestTree tree) throws IOException, FaultException {
    ViewBuilder builder = new ViewBuilder(blocks, Leaves.keptIn(blocks));
    tree.tell(builder);
    return builder.finish();
  }

  private void checkViews(TestTree tree) throws IOException, FaultException {
    ViewBuilder.Result result = build(tree);
    Bytes expected = tree.nar();

    DagFile nar = dag.file(result.views().nar());
    assertThat(range(nar, 0, nar.size())).isEqualTo(expected);
    for (int i = 0; i < 20; i++) {
      int from = (int) (nar.size() * i / 23);
      int to = (int) Math.min(nar.size(), from + 1 + (long) i * i * 100);
      assertThat(range(nar, from, to)).isEqualTo(expected.slice(from, to));
    }
    assertThat(result.narHash()).isEqualTo(NixHash.sha256Of(expected));
    assertThat(result.narSize()).isEqualTo(expected.size());

    NarListingBuilder listing = new NarListingBuilder();
    tree.tell(listing);
    assertThat(Listings.ofTreeView(result.views().tree(), dag)).isEqualTo(listing.finish());

    List<Cid> pieces = leaves(result.views().nar());
    assertThat(pieces.stream().filter(Cid::isIdentity))
        .allSatisfy(piece -> assertThat(piece.digest().size()).isBetween(1, 128));
    Set<Cid> contents = new HashSet<>(pieces);
    contents.removeIf(Cid::isIdentity);
    Set<Cid> ofTree = new HashSet<>(leaves(result.views().tree()));
    ofTree.remove(Block.raw(Bytes.EMPTY).cid());
    assertThat(contents).isEqualTo(ofTree);
  }

  /** Raw blocks below a node, in order. */
  private List<Cid> leaves(Cid root) throws IOException, FaultException {
    List<Cid> leaves = new ArrayList<>();
    collect(root, leaves);
    return leaves;
  }

  private void collect(Cid cid, List<Cid> leaves) throws IOException, FaultException {
    if (cid.codec() == Cid.RAW) {
      leaves.add(cid);
      return;
    }
    UnixFsNode node = dag.node(cid);
    switch (node) {
      case UnixFsNode.File file -> {
        for (UnixFsNode.Part part : file.parts()) {
          collect(part.cid(), leaves);
        }
      }
      case UnixFsNode.Symlink link -> {}
      case UnixFsNode.Directory directory -> collectEntries(directory, leaves);
      case UnixFsNode.Shard shard -> collectEntries(shard, leaves);
    }
  }

  private void collectEntries(UnixFsNode directory, List<Cid> leaves)
      throws IOException, FaultException {
    for (UnixFsEntry entry : dag.entries(directory)) {
      collect(entry.cid(), leaves);
    }
  }

  private static Bytes range(DagFile file, long from, long to) throws IOException, FaultException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    file.writeTo(ByteTarget.of(out), from, to);
    return Bytes.owning(out.toByteArray());
  }

  /** Reads files while they are walked. */
  private record FilesToNar(ViewBuilder views) implements StoreTree.Visitor {
    @Override
    public void startDirectory() throws IOException, FaultException {
      views.startDirectory();
    }

    @Override
    public void entry(Bytes name) throws IOException, FaultException {
      views.entry(name);
    }

    @Override
    public void endDirectory() throws IOException, FaultException {
      views.endDirectory();
    }

    @Override
    public void file(Path file, FileMode mode, FileIdentity identity)
        throws IOException, FaultException {
      try (InputStream in = Files.newInputStream(file)) {
        views.regular(mode, identity.size(), in);
      }
    }

    @Override
    public void symlink(Bytes target) throws IOException, FaultException {
      views.symlink(target);
    }
  }
}
