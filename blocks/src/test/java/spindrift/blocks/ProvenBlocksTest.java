package spindrift.blocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.IntegrityException;
import spindrift.ipld.Block;

class ProvenBlocksTest {
  @TempDir Path directory;

  @Test
  void knowsAPlaceInOneGenerationOfOnePackOnly() {
    ProvenBlocks proven = new ProvenBlocks();
    Location place = new Location(3, 1000, 50);
    proven.add(place, 1);

    assertThat(proven.contains(place, 1)).isTrue();
    assertThat(proven.contains(place, 2)).isFalse();
    assertThat(proven.contains(new Location(4, 1000, 50), 1)).isFalse();
    assertThat(proven.contains(new Location(3, 1001, 50), 1)).isFalse();
  }

  @Test
  void neverKnowsWhatDoesNotFit() {
    ProvenBlocks proven = new ProvenBlocks();
    for (Location place :
        new Location[] {new Location(1 << 22, 5, 5), new Location(1, 1L << 32, 5)}) {
      proven.add(place, 1);
      assertThat(proven.contains(place, 1)).isFalse();
    }
    Location place = new Location(1, 5, 5);
    for (int generation : new int[] {-1, 1 << 10}) {
      proven.add(place, generation);
      assertThat(proven.contains(place, generation)).isFalse();
    }
  }

  @Test
  void aBlockProvedBeforeIsHashedAgainWhenItsPackWasWrittenTo() throws Exception {
    DiskOptions options = DiskOptions.DEFAULTS.withMaxPackBytes(4096);
    try (DiskBlockStore store = DiskBlockStore.open(directory, options)) {
      Block block = Dags.leaf(1, 3000);
      store.accept(block);
      store.accept(Dags.leaf(2, 3000)); // closes the first pack
      store.sync();
      for (int i = 0; i < 3; i++) {
        assertThat(store.read(block.cid())).contains(block.bytes());
      }
      Path pack = directory.resolve("packs/00000001.car");
      byte[] bytes = Files.readAllBytes(pack);
      bytes[1000] ^= 1;
      Files.write(pack, bytes);

      assertThatThrownBy(() -> store.read(block.cid())).isInstanceOf(IntegrityException.class);
    }
  }
}
