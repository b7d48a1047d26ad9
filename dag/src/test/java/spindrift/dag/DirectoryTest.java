package spindrift.dag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsEntry;
import spindrift.ipld.UnixFsNode;

class DirectoryTest {
  private final MapBlocks blocks = new MapBlocks();
  private final UnixFsDag dag = new UnixFsDag(blocks);

  private static List<UnixFsEntry> entries(int count) {
    List<UnixFsEntry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Bytes content = Bytes.utf8("content " + i);
      entries.add(
          new UnixFsEntry(Bytes.utf8("name-" + i), Cid.identityRaw(content), content.size()));
    }
    entries.sort(Comparator.comparing(UnixFsEntry::name));
    return entries;
  }

  @Test
  void anEmptyDirectoryIsTheOneThatEverybodyKnows() throws Exception {
    assertThat(DirectoryWriter.write(List.of(), blocks).cid())
        .hasToString("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354");
  }

  @Test
  void aSmallDirectoryIsOneBlock() throws Exception {
    List<UnixFsEntry> entries = entries(100);
    Cid root = DirectoryWriter.write(entries, blocks).cid();
    assertThat(dag.node(root)).isInstanceOf(UnixFsNode.Directory.class);
    assertThat(dag.entries(dag.node(root))).isEqualTo(entries);
    assertThat(dag.resolve(root, List.of(Bytes.utf8("name-7"))))
        .contains(Cid.identityRaw(Bytes.utf8("content 7")));
  }

  @Test
  void aLargeDirectoryIsSharded() throws Exception {
    List<UnixFsEntry> entries = entries(20_000);
    Cid root = DirectoryWriter.write(entries, blocks).cid();
    assertThat(dag.node(root)).isInstanceOf(UnixFsNode.Shard.class);
    assertThat(dag.entries(dag.node(root))).isEqualTo(entries);
    assertThat(dag.resolve(root, List.of(Bytes.utf8("name-19999")))).isPresent();
    assertThat(dag.resolve(root, List.of(Bytes.utf8("name-20000")))).isEmpty();
  }

  @Test
  void keepsNamesThatAreNotUtf8() throws Exception {
    Bytes name = Bytes.of('x', 0xff, 0xfe);
    Cid file = Cid.identityRaw(Bytes.utf8("y"));
    Cid root = DirectoryWriter.write(List.of(new UnixFsEntry(name, file, 1)), blocks).cid();
    assertThat(dag.resolve(root, List.of(name))).contains(file);
  }

  @Test
  void namesBelowAFileLeadNowhere() throws Exception {
    Cid root = DirectoryWriter.write(entries(3), blocks).cid();
    assertThat(dag.resolve(root, List.of(Bytes.utf8("name-1"), Bytes.utf8("x")))).isEmpty();
    assertThatThrownBy(() -> dag.entries(dag.node(Cid.identityRaw(Bytes.EMPTY))))
        .isInstanceOf(MalformedDataException.class);
  }
}
