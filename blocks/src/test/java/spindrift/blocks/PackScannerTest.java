package spindrift.blocks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.base.Varint;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

class PackScannerTest {
  @TempDir Path directory;

  @Test
  void findsAllSectionsOfAnySize() throws Exception {
    List<Block> blocks = new ArrayList<>();
    for (int size : new int[] {0, 1, 127, 128, 4000, 1 << 20, 2 << 20, 5, 300_000}) {
      blocks.add(Dags.leaf(size, size));
    }
    blocks.add(new Block(Cid.v0(Dags.leaf(3, 50).cid().hash()), Dags.leaf(3, 50).bytes()));

    byte[] pack = pack(blocks);
    List<PackScanner.Section> found = scan(pack, pack.length);

    assertThat(found).extracting(PackScanner.Section::cid).isEqualTo(cids(blocks));
    for (PackScanner.Section section : found) {
      assertThat(section.intact()).isTrue();
      int at = (int) section.offset();
      assertThat(Bytes.copyOf(pack, at, section.content().size())).isEqualTo(section.content());
    }
  }

  @Test
  void stopsBeforeTheCutWhereverItIs() throws Exception {
    List<Block> blocks = List.of(Dags.leaf(1, 30), Dags.leaf(2, 200));
    byte[] pack = pack(blocks);
    int second =
        pack.length - PackFormat.section(blocks.get(1).cid(), blocks.get(1).bytes()).length;
    for (int size = PackFormat.HEADER.size(); size < pack.length; size++) {
      assertThat(scan(pack, size)).as("cut at %d", size).hasSize(size < second ? 0 : 1);
    }
  }

  @Test
  void noFlippedBitMakesAnIntactBlockWithOtherBytes() throws Exception {
    List<Block> blocks = List.of(Dags.leaf(1, 30), Dags.leaf(2, 40));
    byte[] pack = pack(blocks);
    for (int bit = PackFormat.HEADER.size() * 8; bit < pack.length * 8; bit++) {
      byte[] damaged = pack.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      for (PackScanner.Section section : scan(damaged, damaged.length)) {
        if (section.intact()) {
          section.cid().verify(section.content(), "test");
        }
      }
    }
  }

  @Test
  void refusesLengthsThatNoBlockHas() throws Exception {
    for (long length : new long[] {0, 1, PackFormat.MAX_SECTION_BYTES + 1L, Long.MAX_VALUE}) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      PackFormat.HEADER.writeTo(out);
      Varint.write(length, out);
      Dags.leaf(1, 1).cid().toBytes().writeTo(out);
      out.write(new byte[100]);

      assertThat(scan(out.toByteArray(), out.size())).as("length %d", length).isEmpty();
    }
  }

  @Test
  void packsAreToldFromOtherFilesByName() {
    assertThat(PackFormat.id(Path.of("00000012.car"))).hasValue(12);
    assertThat(PackFormat.name(12)).isEqualTo("00000012.car");
    for (String name : List.of("12.car", "0000001x.car", "00000012.tmp", "000000012.car", ".car")) {
      assertThat(PackFormat.id(Path.of(name))).as(name).isEmpty();
    }
  }

  private static byte[] pack(List<Block> blocks) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PackFormat.HEADER.writeTo(out);
    for (Block block : blocks) {
      out.write(PackFormat.section(block.cid(), block.bytes()));
    }
    return out.toByteArray();
  }

  private List<PackScanner.Section> scan(byte[] pack, int size) throws Exception {
    Path file = directory.resolve("pack");
    Files.write(file, java.util.Arrays.copyOf(pack, size));
    List<PackScanner.Section> found = new ArrayList<>();
    try (SteadyFile open = new SteadyFile(file, Set.of(StandardOpenOption.READ))) {
      PackScanner scanner = new PackScanner(open, PackFormat.HEADER.size(), size);
      for (PackScanner.Section next = scanner.next(); next != null; next = scanner.next()) {
        found.add(next);
      }
      assertThat(scanner.position()).isLessThanOrEqualTo(size);
    }
    return found;
  }

  private static List<Cid> cids(List<Block> blocks) {
    return blocks.stream().map(Block::cid).toList();
  }
}
