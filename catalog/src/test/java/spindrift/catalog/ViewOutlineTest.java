package spindrift.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.blocks.MemoryBlockStore;
import spindrift.dag.DagFile;
import spindrift.dag.FileLayout;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsAttributes;
import spindrift.ipld.UnixFsNode.Part;
import spindrift.nix.FileMode;
import spindrift.nix.NarVisitor;

/** Trees read from their NAR views without their files. */
class ViewOutlineTest {
  private final MemoryBlockStore blocks = new MemoryBlockStore();
  private final List<Cid> loaded = new ArrayList<>();
  private final ViewOutline.Nodes nodes =
      new ViewOutline.Nodes() {
        @Override
        public void expect(List<Cid> cids) {}

        @Override
        public Bytes load(Cid cid) throws IOException, FaultException {
          loaded.add(cid);
          return blocks.load(cid);
        }
      };

  static List<String> cases() {
    return List.copyOf(TestTree.hardCases().keySet());
  }

  private ViewBuilder.Result build(TestTree tree) throws IOException, FaultException {
    ViewBuilder builder = new ViewBuilder(blocks, Leaves.keptIn(blocks));
    tree.tell(builder);
    return builder.finish();
  }

  /** What is told, a line each; contents only by size and CID. */
  private static final class Told implements ViewOutline.Visitor {
    final List<String> lines = new ArrayList<>();
    final Map<Cid, Long> files = new TreeMap<>();

    @Override
    public void startDirectory() {
      lines.add("(");
    }

    @Override
    public void entry(Bytes name) {
      lines.add(name.hex());
    }

    @Override
    public void endDirectory() {
      lines.add(")");
    }

    @Override
    public void regular(FileMode mode, long size, Optional<Cid> contents) {
      lines.add(mode + " " + size);
      contents.ifPresent(cid -> files.put(cid, size));
    }

    @Override
    public void symlink(Bytes target) {
      lines.add("-> " + target.hex());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void tellsATreeAndLoadsNoFile(String name) throws Exception {
    TestTree tree = TestTree.hardCases().get(name);
    ViewBuilder.Result built = build(tree);
    Told told = new Told();
    ViewOutline.read(built.views().nar(), built.narSize(), nodes, told);

    Told packed = new Told();
    tree.tell(
        new NarVisitor() {
          @Override
          public void startDirectory() {
            packed.startDirectory();
          }

          @Override
          public void entry(Bytes entry) {
            packed.entry(entry);
          }

          @Override
          public void endDirectory() {
            packed.endDirectory();
          }

          @Override
          public void regular(FileMode mode, long size, InputStream contents) {
            packed.regular(mode, size, Optional.empty());
          }

          @Override
          public void symlink(Bytes target) {
            packed.symlink(target);
          }
        });
    assertThat(told.lines).isEqualTo(packed.lines);
    assertThat(loaded).noneMatch(told.files::containsKey);
    for (Map.Entry<Cid, Long> file : told.files.entrySet()) {
      assertThat(DagFile.open(file.getKey(), blocks).size()).isEqualTo(file.getValue());
    }
  }

  @Test
  void refusesAViewOfAnotherSize() throws Exception {
    ViewBuilder.Result built = build(TestTree.file("hello"));
    assertThatThrownBy(
            () -> ViewOutline.read(built.views().nar(), built.narSize() + 8, nodes, new Told()))
        .isInstanceOf(MalformedDataException.class);
  }

  @Test
  void refusesWhatIsNoView() throws Exception {
    ViewBuilder.Result built = build(TestTree.directory("a", TestTree.file("hello")));
    for (Cid wrong : List.of(built.views().tree(), Cid.raw(Bytes.owning(new byte[32])))) {
      assertThatThrownBy(() -> ViewOutline.read(wrong, built.narSize(), nodes, new Told()))
          .isInstanceOf(MalformedDataException.class);
    }
    assertThatThrownBy(
            () ->
                ViewOutline.read(
                    Cid.dagPb(Bytes.owning(new byte[32])), built.narSize(), nodes, new Told()))
        .isInstanceOf(AbsentException.class);
  }

  @Test
  void refusesFramingThatIsInBlocks() throws Exception {
    Block leaf = Block.raw(Bytes.utf8("nix-archive-1 or not"));
    blocks.accept(leaf);
    FileLayout layout = new FileLayout(blocks);
    layout.add(Part.leaf(leaf.cid(), leaf.bytes().size()));
    Part view = layout.finish(UnixFsAttributes.NONE);
    assertThatThrownBy(() -> ViewOutline.read(view.cid(), view.size(), nodes, new Told()))
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining("identity");
  }

  @Test
  void refusesAViewThatIsDeeperThanAny() throws Exception {
    Bytes framing = Bytes.utf8("framing");
    Part part = Part.leaf(Cid.identityRaw(framing), framing.size());
    for (int i = 0; i < 40; i++) {
      FileLayout layout = new FileLayout(blocks);
      layout.add(part);
      part = layout.finish(UnixFsAttributes.NONE);
    }
    Part view = part;
    assertThatThrownBy(() -> ViewOutline.read(view.cid(), view.size(), nodes, new Told()))
        .isInstanceOf(LimitExceededException.class);
  }
}
