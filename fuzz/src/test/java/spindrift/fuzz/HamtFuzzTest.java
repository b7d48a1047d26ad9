package spindrift.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.ipld.BlockSource;
import spindrift.ipld.CarReader;
import spindrift.ipld.CarSection;
import spindrift.ipld.Cid;
import spindrift.ipld.DagRoot;
import spindrift.ipld.HamtBuilder;
import spindrift.ipld.HamtDirectory;
import spindrift.ipld.HamtEntries;
import spindrift.ipld.UnixFsEntry;
import spindrift.ipld.UnixFsNode;

class HamtFuzzTest {
  private static final Cid LEAF = Cid.identityRaw(Bytes.EMPTY);

  /**
   * The input is a CAR file whose blocks need not be those that their CIDs name: so even a shard
   * inside itself can be had.
   */
  @FuzzTest(maxDuration = "1m")
  void walk(byte[] input) throws IOException {
    try {
      CarReader reader = CarReader.open(new ByteArrayInputStream(input), CarReader.Check.TRUST);
      Map<Cid, Bytes> blocks = new HashMap<>();
      Optional<CarSection> section = reader.next();
      while (section.isPresent()) {
        blocks.put(section.get().block().cid(), section.get().block().bytes());
        section = reader.next();
      }
      BlockSource source = source(blocks);
      for (Cid root : reader.roots()) {
        if (UnixFsNode.decode(source.load(root)) instanceof UnixFsNode.Shard shard) {
          walk(HamtDirectory.of(shard, source));
        }
      }
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  /** The input is names, a line each. */
  @FuzzTest(maxDuration = "1m")
  void build(byte[] input) throws IOException {
    Map<Bytes, UnixFsEntry> entries = new HashMap<>();
    for (String line : new String(input, StandardCharsets.ISO_8859_1).split("\n", -1)) {
      Bytes name = Bytes.owning(line.getBytes(StandardCharsets.ISO_8859_1));
      if (UnixFsEntry.isName(name)) {
        entries.put(name, new UnixFsEntry(name, LEAF, name.size()));
      }
    }
    try {
      Map<Cid, Bytes> blocks = new HashMap<>();
      DagRoot root =
          HamtBuilder.build(
              entries.values().stream().toList(), block -> blocks.put(block.cid(), block.bytes()));
      BlockSource source = source(blocks);
      UnixFsNode.Shard shard = (UnixFsNode.Shard) UnixFsNode.decode(source.load(root.cid()));
      Set<UnixFsEntry> found = walk(HamtDirectory.of(shard, source));
      assertThat(found).containsExactlyInAnyOrderElementsOf(entries.values());
    } catch (FaultException refused) {
      assertThat(refused).hasMessageContaining("levels");
    }
  }

  private static Set<UnixFsEntry> walk(HamtDirectory directory) throws IOException, FaultException {
    Set<UnixFsEntry> found = new HashSet<>();
    HamtEntries entries = directory.entries();
    Optional<UnixFsEntry> entry = entries.next();
    while (entry.isPresent()) {
      assertThat(found.add(entry.get())).isTrue();
      assertThat(directory.find(entry.get().name())).contains(entry.get());
      entry = entries.next();
    }
    return found;
  }

  private static BlockSource source(Map<Cid, Bytes> blocks) {
    return cid -> {
      Bytes bytes = blocks.get(cid);
      if (bytes == null) {
        throw new AbsentException("block " + cid);
      }
      return bytes;
    };
  }
}
