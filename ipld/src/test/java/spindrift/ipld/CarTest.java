package spindrift.ipld;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.base.Multihash;
import spindrift.base.Varint;
import spindrift.ipld.CarReader.Check;
import spindrift.testkit.Seeds;

class CarTest {
  @ParameterizedTest
  @ValueSource(
      strings = {Vectors.HAMT, "dir-with-duplicate-files.car", "subdir-with-mixed-block-files.car"})
  void writesThePublishedFilesAgain(String name) throws Exception {
    Bytes file = Vectors.bytes("unixfs/" + name);
    CarReader reader = open(file, Check.VERIFY);
    List<Block> blocks = new ArrayList<>();
    for (CarSection section : sections(reader)) {
      blocks.add(section.block());
      int dataOffset = (int) section.dataOffset();
      assertThat(file.slice(dataOffset, (int) section.end())).isEqualTo(section.block().bytes());
    }
    assertThat(reader.position()).isEqualTo(file.size());
    assertThat(write(reader.roots(), blocks)).isEqualTo(file);
  }

  @Test
  void goesOnWithAFileThatIsThereAlready() throws Exception {
    Block first = Block.raw(Bytes.utf8("first"));
    Block second = Block.raw(Bytes.utf8("second"));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    CarWriter begun = CarWriter.begin(out, List.of());
    begun.write(first);
    CarWriter resumed = CarWriter.append(out, begun.position());
    long dataOffset = resumed.write(second);

    assertThat(Bytes.owning(out.toByteArray())).isEqualTo(write(List.of(), List.of(first, second)));
    assertThat(resumed.position()).isEqualTo(out.size());
    assertThat(dataOffset).isEqualTo(out.size() - second.bytes().size());
  }

  @Test
  void everythingWrittenIsReadAgain() {
    Seeds.forEach(
        50,
        random -> {
          List<Block> blocks = new ArrayList<>();
          for (int i = random.nextInt(5); i > 0; i--) {
            blocks.add(Block.raw(Seeds.someBytes(random, 100_000)));
          }
          List<Cid> roots = blocks.stream().map(Block::cid).limit(random.nextInt(3)).toList();
          CarReader reader = open(write(roots, blocks), Check.VERIFY);
          assertThat(reader.roots()).isEqualTo(roots);
          assertThat(sections(reader).stream().map(CarSection::block)).isEqualTo(blocks);
          assertThat(reader.next()).isEmpty();
        });
  }

  @Test
  void knowsHowFarACutFileIsGood() throws Exception {
    Block first = Block.raw(Bytes.utf8("first"));
    Bytes good = write(List.of(first.cid()), List.of(first));
    Bytes whole = write(List.of(first.cid()), List.of(first, Block.raw(Bytes.utf8("second"))));
    for (int size = good.size() + 1; size < whole.size(); size++) {
      CarReader reader = open(whole.slice(0, size), Check.VERIFY);
      assertThat(reader.next()).isPresent();
      assertThatThrownBy(reader::next)
          .isInstanceOf(MalformedDataException.class)
          .hasMessageContaining("truncated");
      assertThat(reader.position()).isEqualTo(good.size());
    }
  }

  @Test
  void rejectsEveryTruncationOfTheHeader() throws Exception {
    Bytes header = write(List.of(Block.raw(Bytes.EMPTY).cid()), List.of());
    for (int size = 0; size < header.size(); size++) {
      Bytes cut = header.slice(0, size);
      assertThatThrownBy(() -> open(cut, Check.TRUST)).isInstanceOf(MalformedDataException.class);
    }
  }

  @Test
  void hashesBlocksWhereAskedTo() throws Exception {
    Block wrong = new Block(Block.raw(Bytes.utf8("one")).cid(), Bytes.utf8("another"));
    Bytes file = write(List.of(), List.of(wrong));
    assertThat(sections(open(file, Check.TRUST))).hasSize(1);
    CarReader verifying = open(file, Check.VERIFY);
    assertThatThrownBy(verifying::next).isInstanceOf(IntegrityException.class);

    Cid unprovable = Cid.of(Cid.RAW, new Multihash(Multihash.BLAKE3, wrong.cid().digest()));
    Bytes blake3 = write(List.of(), List.of(new Block(unprovable, Bytes.EMPTY)));
    CarReader reader = open(blake3, Check.VERIFY);
    assertThatThrownBy(reader::next).isInstanceOf(IntegrityException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00", // header of no bytes
        "0101", // header that is no map
        "01a0", // header without version
        "0aa16776657273696f6e01", // version 1 without roots
        "0aa16776657273696f6e03", // version 3
        "0aa16776657273696f6e20", // version -1
        "12a16776657273696f6e1bffffffffffffffff", // version of 64 bits
        "11a265726f6f7473816776657273696f6e01", // root that is missing
        "11a265726f6f7473f66776657273696f6e01", // roots that are no list
        "12a265726f6f747381006776657273696f6e01", // root that is no link
        "8000", // length not in its shortest form
        "ffffffffffffffffff01" // length of 64 bits
      })
  void rejectsFilesWithoutAGoodHeader(String hex) throws FaultException {
    Bytes file = Bytes.parseHex(hex);
    assertThatThrownBy(() -> open(file, Check.TRUST)).isInstanceOf(MalformedDataException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00", // section of no bytes
        "0101", // CID cut short
        "0402550000", // CID of version 2
        "03015500", // multihash cut short
        "818000", // length not in its shortest form
        "ffffffffffffffffff01"
      })
  void rejectsSectionsThatAreNone(String hex) throws Exception {
    Bytes header = write(List.of(), List.of());
    Bytes file = Bytes.parseHex(header.hex() + hex);
    CarReader reader = open(file, Check.TRUST);
    assertThatThrownBy(reader::next)
        .isInstanceOfSatisfying(
            MalformedDataException.class,
            e -> assertThat(e.offset()).isBetween((long) header.size(), (long) file.size()));
  }

  @Test
  void takesNoMemoryForLengthsThatAreTooLarge() throws Exception {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    CarWriter.begin(file, List.of());
    Varint.write(Cid.MAX_BYTES + Block.MAX_BYTES + 1, file);
    CarReader reader = open(Bytes.owning(file.toByteArray()), Check.TRUST);
    assertThatThrownBy(reader::next).isInstanceOf(LimitExceededException.class);

    ByteArrayOutputStream header = new ByteArrayOutputStream();
    Varint.write(CarReader.MAX_HEADER_BYTES + 1, header);
    Bytes large = Bytes.owning(header.toByteArray());
    assertThatThrownBy(() -> open(large, Check.TRUST)).isInstanceOf(LimitExceededException.class);
  }

  @Test
  void blocksHaveALargestSize() throws Exception {
    Block largest = Block.raw(Bytes.owning(new byte[Block.MAX_BYTES]));
    assertThat(sections(open(write(List.of(), List.of(largest)), Check.VERIFY))).hasSize(1);

    Bytes larger = Bytes.owning(new byte[Block.MAX_BYTES + 1]);
    Cid cid = Cid.identityRaw(Bytes.EMPTY);
    assertThatThrownBy(() -> write(List.of(), List.of(new Block(cid, larger))))
        .isInstanceOf(IllegalArgumentException.class);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    CarWriter.begin(file, List.of());
    Varint.write(cid.byteSize() + larger.size(), file);
    cid.toBytes().writeTo(file);
    larger.writeTo(file);
    CarReader reader = open(Bytes.owning(file.toByteArray()), Check.TRUST);
    assertThatThrownBy(reader::next).isInstanceOf(LimitExceededException.class);
  }

  @Test
  void readsTheFileInsideAFileOfVersionTwo() throws Exception {
    Block block = Block.raw(Bytes.utf8("inside"));
    Bytes inner = write(List.of(block.cid()), List.of(block));
    Bytes file = versionTwo(60, inner.size(), inner, Bytes.utf8("an index"));
    CarReader reader = open(file, Check.VERIFY);
    assertThat(reader.roots()).containsExactly(block.cid());
    CarSection section = sections(reader).getFirst();
    assertThat(file.slice((int) section.dataOffset(), (int) section.end()))
        .isEqualTo(block.bytes());
  }

  @Test
  void rejectsAFileOfVersionTwoWhoseSizesAreWrong() throws Exception {
    Block block = Block.raw(Bytes.utf8("inside"));
    Bytes inner = write(List.of(), List.of(block));
    for (Bytes bad :
        List.of(
            versionTwo(50, inner.size(), inner, Bytes.EMPTY),
            versionTwo(-1, inner.size(), inner, Bytes.EMPTY),
            versionTwo(60, -1, inner, Bytes.EMPTY),
            versionTwo(60, 0, inner, Bytes.EMPTY),
            versionTwo(Long.MAX_VALUE, inner.size(), inner, Bytes.EMPTY),
            versionTwo(1 << 20, inner.size(), inner, Bytes.EMPTY),
            versionTwo(60, inner.size() + 1, inner, Bytes.EMPTY),
            versionTwo(60, inner.size() - 1, inner, Bytes.EMPTY))) {
      assertThatThrownBy(() -> sections(open(bad, Check.VERIFY)))
          .isInstanceOf(MalformedDataException.class);
    }
  }

  @Test
  void rejectsAFileOfVersionTwoInsideAnother() throws Exception {
    Bytes inner = versionTwo(60, 0, Bytes.EMPTY, Bytes.EMPTY);
    Bytes file = versionTwo(60, inner.size(), inner, Bytes.EMPTY);
    assertThatThrownBy(() -> open(file, Check.TRUST)).isInstanceOf(MalformedDataException.class);
  }

  /** The inner file begins at byte 60, whatever the header says. */
  private static Bytes versionTwo(long offset, long size, Bytes inner, Bytes index)
      throws FaultException, IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Bytes.parseHex("0aa16776657273696f6e02").writeTo(out);
    ByteBuffer header = ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(0).putLong(0).putLong(offset).putLong(size).putLong(offset + size);
    out.write(header.array());
    out.write(new byte[60 - out.size()]);
    inner.writeTo(out);
    index.writeTo(out);
    return Bytes.owning(out.toByteArray());
  }

  private static Bytes write(List<Cid> roots, List<Block> blocks) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    CarWriter writer = CarWriter.begin(out, roots);
    for (Block block : blocks) {
      writer.write(block);
      assertThat(writer.position()).isEqualTo(out.size());
    }
    return Bytes.owning(out.toByteArray());
  }

  private static CarReader open(Bytes file, Check check) throws IOException, FaultException {
    return CarReader.open(Vectors.stream(file), check);
  }

  private static List<CarSection> sections(CarReader reader) throws IOException, FaultException {
    List<CarSection> sections = new ArrayList<>();
    Optional<CarSection> section = reader.next();
    while (section.isPresent()) {
      sections.add(section.get());
      section = reader.next();
    }
    return sections;
  }
}
