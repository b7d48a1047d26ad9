package spindrift.dag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.AbsentException;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsAttributes;
import spindrift.ipld.UnixFsNode;
import spindrift.ipld.UnixFsNode.Part;

class FileDagTest {
  private static final UnixFsAttributes EXECUTABLE = UnixFsAttributes.ofMode(0555);
  private final MapBlocks blocks = new MapBlocks();

  private FileCutter.CutFile cut(byte[] content, UnixFsAttributes attributes) throws Exception {
    return new FileCutter(blocks, blocks.leaves())
        .cut(new ByteArrayInputStream(content), attributes);
  }

  private byte[] read(Cid cid, long from, long to) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    DagFile.open(cid, blocks).writeTo(ByteTarget.of(out), from, to);
    return out.toByteArray();
  }

  private static byte[] noise(int size) {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    return content;
  }

  @Test
  void anEmptyFileIsTheEmptyRawBlock() throws Exception {
    FileCutter.CutFile file = cut(new byte[0], UnixFsAttributes.NONE);
    assertThat(file.entry().cid())
        .hasToString("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
    assertThat(blocks.blocks).containsOnlyKeys(file.entry().cid());
  }

  @Test
  void aFileOfOneChunkIsItsBareLeaf() throws Exception {
    FileCutter.CutFile file = cut(noise(1000), UnixFsAttributes.NONE);
    assertThat(file.entry()).isEqualTo(file.content());
    assertThat(file.entry()).isEqualTo(Part.leaf(Block.raw(Bytes.owning(noise(1000))).cid(), 1000));
  }

  @Test
  void anExecutableFileOfOneChunkIsANodeOverItsLeaf() throws Exception {
    FileCutter.CutFile file = cut(noise(1000), EXECUTABLE);
    assertThat(file.content().cid().codec()).isEqualTo(Cid.RAW);
    UnixFsNode.File node = (UnixFsNode.File) UnixFsNode.decode(blocks.load(file.entry().cid()));
    assertThat(node.attributes()).isEqualTo(EXECUTABLE);
    assertThat(node.parts()).containsExactly(file.content());
  }

  @Test
  void anEmptyExecutableFileIsANodeWithoutLinks() throws Exception {
    FileCutter.CutFile file = cut(new byte[0], EXECUTABLE);
    UnixFsNode.File node = (UnixFsNode.File) UnixFsNode.decode(blocks.load(file.entry().cid()));
    assertThat(node.parts()).isEmpty();
    assertThat(read(file.entry().cid(), 0, 0)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 131_071, 131_072, 131_073, 524_288, 3_000_000})
  void readsBackWhatWasCut(int size) throws Exception {
    byte[] content = noise(size);
    for (UnixFsAttributes attributes : List.of(UnixFsAttributes.NONE, EXECUTABLE)) {
      FileCutter.CutFile file = cut(content, attributes);
      assertThat(read(file.entry().cid(), 0, size)).isEqualTo(content);
      assertThat(file.entry().size()).isEqualTo(size);
      assertThat(file.content().size()).isEqualTo(size);
    }
  }

  @Test
  void readsAnyRangeAndLoadsNoMoreThanItNeeds() throws Exception {
    byte[] content = noise(3_000_000);
    Cid root = cut(content, UnixFsAttributes.NONE).entry().cid();
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      int from = random.nextInt(content.length);
      int to = from + random.nextInt(content.length - from);
      assertThat(read(root, from, to)).isEqualTo(java.util.Arrays.copyOfRange(content, from, to));
    }
    blocks.loads = 0;
    read(root, 1_000_000, 1_000_001);
    assertThat(blocks.loads).isEqualTo(3); // opened, the root, one leaf
  }

  @Test
  void aFullNodeIsTheRootUntilOneMorePartComes() throws Exception {
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < 2 * FileLayout.WIDTH + 1; i++) {
      parts.add(Part.leaf(Cid.identityRaw(Bytes.of(i & 0x7f)), 1));
    }
    assertThat(layOut(parts.subList(0, 1024)).parts()).hasSize(1024);
    UnixFsNode.File more = layOut(parts.subList(0, 1025));
    assertThat(more.parts()).extracting(Part::size).containsExactly(1024L, 1L);
    UnixFsNode.File most = layOut(parts);
    assertThat(most.parts()).extracting(Part::size).containsExactly(1024L, 1024L, 1L);
    assertThat(most.attributes()).isEqualTo(EXECUTABLE);
    UnixFsNode.File inner =
        (UnixFsNode.File) UnixFsNode.decode(blocks.load(most.parts().getFirst().cid()));
    assertThat(inner.attributes()).isEqualTo(UnixFsAttributes.NONE);
  }

  private UnixFsNode.File layOut(List<Part> parts) throws Exception {
    FileLayout layout = new FileLayout(blocks);
    for (Part part : parts) {
      layout.add(part);
    }
    return (UnixFsNode.File) UnixFsNode.decode(blocks.load(layout.finish(EXECUTABLE).cid()));
  }

  @Test
  void aMissingLeafIsAbsent() throws Exception {
    Cid root = cut(noise(1_000_000), UnixFsAttributes.NONE).entry().cid();
    blocks.blocks.keySet().removeIf(cid -> cid.codec() == Cid.RAW);
    assertThatThrownBy(() -> read(root, 0, 1_000_000)).isInstanceOf(AbsentException.class);
  }

  @Test
  void refusesAPartThatHasAnotherSizeThanItsParentSays() throws Exception {
    Block leaf = Block.raw(Bytes.utf8("four"));
    blocks.accept(leaf);
    Block root = node(Part.leaf(leaf.cid(), 5));
    assertThatThrownBy(() -> read(root.cid(), 0, 5)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void refusesAFileThatIsAbsurdlyDeep() throws Exception {
    Part part = Part.leaf(Cid.identityRaw(Bytes.utf8("x")), 1);
    for (int depth = 0; depth < 100; depth++) {
      part = new Part(node(part).cid(), 1, 1);
    }
    Cid root = part.cid();
    assertThatThrownBy(() -> read(root, 0, 1)).isInstanceOf(LimitExceededException.class);
  }

  @Test
  void partsWithoutBytesAreNotLoadedHoweverManyTheyAre() throws Exception {
    // Each level links a thousand times to the one below: 1000^10 empty parts.
    Part part = new Part(node(Part.leaf(Cid.identityRaw(Bytes.EMPTY), 0)).cid(), 0, 0);
    for (int depth = 0; depth < 10; depth++) {
      part =
          new Part(
              node(java.util.Collections.nCopies(1000, part).toArray(Part[]::new)).cid(), 0, 0);
    }
    Part one = Part.leaf(Cid.identityRaw(Bytes.utf8("x")), 1);
    Cid root = node(part, one).cid();
    blocks.loads = 0;
    assertThat(read(root, 0, 1)).containsExactly('x');
    assertThat(blocks.loads).isEqualTo(2);
  }

  @Test
  void refusesADirectoryInPlaceOfAFile() {
    Block directory = UnixFsNode.Directory.of(List.of()).encode();
    blocks.accept(directory);
    assertThatThrownBy(() -> DagFile.open(directory.cid(), blocks))
        .isInstanceOf(MalformedDataException.class);
  }

  private Block node(Part... parts) {
    Block block = UnixFsNode.File.of(List.of(parts), UnixFsAttributes.NONE).encode();
    blocks.accept(block);
    return block;
  }
}
