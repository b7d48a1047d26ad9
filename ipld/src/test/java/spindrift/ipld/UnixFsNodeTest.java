package spindrift.ipld;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.base.Multihash;
import spindrift.ipld.UnixFsNode.Directory;
import spindrift.ipld.UnixFsNode.File;
import spindrift.ipld.UnixFsNode.Part;
import spindrift.ipld.UnixFsNode.Symlink;
import spindrift.testkit.Seeds;

class UnixFsNodeTest {
  private static final Cid LEAF = Cid.identityRaw(Bytes.EMPTY);

  @Test
  void writesTheKnownEmptyFile() {
    Block block = File.of(List.of(), UnixFsAttributes.NONE).encode();
    assertThat(block.bytes().hex()).isEqualTo("0a0408021800");
    assertThat(Cid.v0(Multihash.sha256Of(block.bytes())))
        .hasToString("QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH");
    assertThat(Block.raw(Bytes.EMPTY).cid())
        .hasToString("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
  }

  @Test
  void writesTheKnownEmptyDirectory() {
    Block block = Directory.of(List.of()).encode();
    assertThat(block.bytes().hex()).isEqualTo("0a020801");
    assertThat(block.cid())
        .hasToString("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354");
  }

  @Test
  void writesAFileOfPartsAsDeployedNodesDo() {
    File file =
        File.of(List.of(Part.leaf(LEAF, 0), Part.leaf(LEAF, 300)), UnixFsAttributes.ofMode(0555));
    assertThat(file.encode().bytes().hex())
        .isEqualTo(
            "120a0a040155000012001800"
                + "120b0a0401550000120018ac02"
                + "0a0d080218ac02200020ac0238ed02");
    assertThat(file.size()).isEqualTo(300);
  }

  @Test
  void writesASymlinkWithoutSize() throws FaultException {
    Symlink symlink = Symlink.to(Bytes.utf8("../x"));
    Block block = symlink.encode();
    assertThat(block.bytes().hex()).isEqualTo("0a08080412042e2e2f78");
    assertThat(UnixFsNode.decode(block.bytes())).isEqualTo(symlink);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {Vectors.HAMT, "dir-with-duplicate-files.car", "subdir-with-mixed-block-files.car"})
  void writesThePublishedNodesAgain(String car) throws Exception {
    int nodes = 0;
    for (Map.Entry<Cid, Bytes> block : Vectors.car(car).blocks().entrySet()) {
      if (block.getKey().codec() == Cid.DAG_PB) {
        nodes++;
        UnixFsNode node = UnixFsNode.decode(block.getValue());
        assertThat(node.encode().cid()).as(node.toString()).isEqualTo(block.getKey());
      }
    }
    assertThat(nodes).isPositive();
  }

  @Test
  void addsUpTheSizesOfThePublishedDirectories() throws Exception {
    Vectors.Car car = Vectors.car("subdir-with-mixed-block-files.car");
    Directory root = (Directory) UnixFsNode.decode(car.load(car.roots().getFirst()));
    UnixFsEntry entry = root.entries().getFirst();
    Directory sub = (Directory) UnixFsNode.decode(car.load(entry.cid()));
    assertThat(sub.tsize(sub.encode())).isEqualTo(entry.tsize());

    UnixFsEntry last = sub.entries().getLast();
    File file = (File) UnixFsNode.decode(car.load(last.cid()));
    assertThat(file.parts()).hasSizeGreaterThan(1);
    assertThat(file.asPart(file.encode()))
        .isEqualTo(new Part(last.cid(), file.size(), last.tsize()));
  }

  @Test
  void readsFieldsInAnyOrderPackedSizesAndUnknownFields() throws FaultException {
    File expected =
        File.of(List.of(Part.leaf(LEAF, 0), new Part(LEAF, 300, 0)), UnixFsAttributes.ofMode(0555));
    assertThat(UnixFsNode.decode(node(2, "38ed02 220300ac02 18ac02 0802"))).isEqualTo(expected);
    assertThat(UnixFsNode.decode(node(2, "0802 18ac02 2000 20ac02 38ed02 5007 5a0161 5d00000000")))
        .isEqualTo(expected);
    assertThat(UnixFsNode.decode(node(2, "0802 2000 20ac02 38ed02"))).isEqualTo(expected);
  }

  @Test
  void readsTimes() throws FaultException {
    assertThat(time("08e807")).isEqualTo(new UnixFsTime(1000, 0));
    assertThat(time("08e807 15ffc99a3b")).isEqualTo(new UnixFsTime(1000, 999_999_999));
    assertThat(time("08ffffffffffffffffff01")).isEqualTo(new UnixFsTime(-1, 0));
    assertThatThrownBy(() -> time("08e807 1500ca9a3b")).isInstanceOf(MalformedDataException.class);
    assertThatThrownBy(() -> time("08ffffffffffffffffffff01"))
        .isInstanceOf(MalformedDataException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // no type
        "08", // cut short
        "0803", // metadata
        "0806", // unknown type
        "08ffffffffffffffff7f", // type that fits no int
        "0802 0802", // type twice
        "0802 1201", // data cut short
        "0802 1200 1200", // data twice
        "0802 1801", // file size that is not the sum of the parts
        "0802 2001", // more sizes than parts
        "0802 4202", // time cut short
        "0802 38ffffffff1f", // mode of more than 32 bits
        "0802 0f", // wire type 7
        "0802 ffffffffffffffff7f", // field number that fits no int
        "0804", // symbolic link without target
        "0805", // shard without fan-out
        "0805 1200 2822 300c", // fan-out that is no power of two
        "0805 1200 2822 3004", // fan-out too small
        "0805 1200 2822 308010", // fan-out too large
        "0805 1200 2812 308002", // another hash function
        "0805 120101 2822 308002" // bit without link
      })
  void rejectsDataThatIsNoNode(String hex) {
    assertThatThrownBy(() -> UnixFsNode.decode(node(0, hex)))
        .isInstanceOf(MalformedDataException.class);
  }

  @Test
  void rejectsANodeWithoutData() {
    assertThatThrownBy(() -> UnixFsNode.decode(Bytes.EMPTY))
        .isInstanceOf(MalformedDataException.class);
  }

  @Test
  void rejectsPartsWithoutSizesOrWithSizesThatOverflow() {
    assertThatThrownBy(() -> UnixFsNode.decode(node(1, "0802")))
        .isInstanceOf(MalformedDataException.class);
    assertThatThrownBy(
            () -> UnixFsNode.decode(node(2, "0802 20ffffffffffffffff7f 20ffffffffffffffff7f")))
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining("63 bits");
  }

  @Test
  void rejectsASymlinkWithLinks() {
    assertThatThrownBy(() -> UnixFsNode.decode(node(1, "0804 120161")))
        .isInstanceOf(MalformedDataException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "2e", "2e2e", "612f62", "2f", "00", "6100"})
  void rejectsNamesThatNameNoFile(String hex) throws FaultException {
    Bytes name = Bytes.parseHex(hex);
    assertThat(UnixFsEntry.isName(name)).isFalse();
    assertThatThrownBy(() -> new UnixFsEntry(name, LEAF, 0))
        .isInstanceOf(IllegalArgumentException.class);
    Bytes block =
        DagPb.encode(PbNode.of(List.of(PbLink.of(LEAF, name, 0)), Bytes.parseHex("0801")));
    assertThatThrownBy(() -> UnixFsNode.decode(block)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void rejectsAnEntryGivenTwice() throws FaultException {
    PbLink link = PbLink.of(LEAF, Bytes.utf8("a"), 0);
    Bytes block = DagPb.encode(PbNode.of(List.of(link, link), Bytes.parseHex("0801")));
    assertThatThrownBy(() -> UnixFsNode.decode(block))
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining("twice");
    UnixFsEntry entry = new UnixFsEntry(Bytes.utf8("a"), LEAF, 0);
    assertThatThrownBy(() -> Directory.of(List.of(entry, entry)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void namesAndTargetsNeedNotBeText() throws FaultException {
    Directory directory =
        Directory.of(List.of(new UnixFsEntry(Bytes.of('a', 0xff, 0x80), LEAF, 7)));
    assertThat(UnixFsNode.decode(directory.encode().bytes())).isEqualTo(directory);
    Symlink symlink = Symlink.to(Bytes.of(0xff));
    assertThat(UnixFsNode.decode(symlink.encode().bytes())).isEqualTo(symlink);
  }

  @Test
  void everyFileIsReadAsItWasWritten() {
    Seeds.forEach(
        200,
        random -> {
          List<Part> parts = new ArrayList<>();
          for (int i = random.nextInt(5); i > 0; i--) {
            Cid cid = Block.raw(Seeds.bytes(random, 4)).cid();
            parts.add(new Part(cid, random.nextInt(1 << 30), random.nextInt(1 << 30)));
          }
          UnixFsAttributes attributes =
              new UnixFsAttributes(
                  random.nextBoolean() ? OptionalInt.of(random.nextInt()) : OptionalInt.empty(),
                  random.nextBoolean()
                      ? Optional.of(
                          new UnixFsTime(
                              random.nextLong() >> random.nextInt(64),
                              random.nextInt(1_000_000_000)))
                      : Optional.empty());
          File file = new File(Seeds.someBytes(random, 100), parts, attributes);
          Bytes encoded = file.encode().bytes();
          assertThat(UnixFsNode.decode(encoded)).isEqualTo(file);
          for (int size = 0; size < encoded.size(); size++) {
            Bytes cut = encoded.slice(0, size);
            assertThatThrownBy(() -> UnixFsNode.decode(cut))
                .isInstanceOf(MalformedDataException.class);
          }
        });
  }

  @Test
  void knowsWhatIsExecutable() {
    assertThat(UnixFsAttributes.ofMode(0555).isExecutable()).isTrue();
    assertThat(UnixFsAttributes.ofMode(0444).isExecutable()).isFalse();
    assertThat(UnixFsAttributes.NONE.isExecutable()).isFalse();
  }

  private static UnixFsTime time(String hex) throws FaultException {
    Bytes time = Bytes.parseHex(hex.replace(" ", ""));
    String size = Bytes.of(time.size()).hex();
    return UnixFsNode.decode(node(0, "0802 42" + size + time.hex()))
        .attributes()
        .mtime()
        .orElseThrow();
  }

  /** A block with so many links to nothing and the given message. */
  private static Bytes node(int links, String messageHex) throws FaultException {
    Bytes message = Bytes.parseHex(messageHex.replace(" ", ""));
    PbLink link = PbLink.of(LEAF, Bytes.EMPTY, 0);
    return DagPb.encode(PbNode.of(Collections.nCopies(links, link), message));
  }
}
