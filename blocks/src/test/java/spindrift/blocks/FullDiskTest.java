package spindrift.blocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.ipld.Block;

/** A store on a file system of a few megabytes; needs the right to mount one. */
class FullDiskTest {
  private static final DiskOptions OPTIONS = DiskOptions.DEFAULTS.withMaxPackBytes(1 << 20);

  @TempDir Path directory;
  private boolean mounted;

  @BeforeEach
  void mount() throws Exception {
    boolean done = run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", directory.toString()) == 0;
    assumeThat(done).as("may mount a file system (needs root)").isTrue();
    mounted = true;
  }

  @AfterEach
  void unmount() throws Exception {
    if (mounted) {
      run("umount", directory.toString());
    }
  }

  @Test
  void aFullDiskRefusesNewBlocksAndHarmsNone() throws Exception {
    List<Block> stored = new ArrayList<>();
    try (DiskBlockStore store = DiskBlockStore.open(directory, OPTIONS)) {
      IOException refusal = null;
      for (int i = 0; refusal == null && i < 1000; i++) {
        Block block = Dags.leaf(i, 60_000);
        try {
          store.accept(block);
          store.sync();
          stored.add(block);
        } catch (IOException e) {
          refusal = e;
        }
      }
      assertThat(refusal).hasMessageContaining("No space left");
      assertReadable(store, stored);
    }
    try (DiskBlockStore store = DiskBlockStore.open(directory, OPTIONS)) {
      assertReadable(store, stored);
      assertThat(store.verify((done, inAll) -> {}).clean()).isTrue();
      // With room again, everything goes on: here by collecting all but a few blocks.
      List<Block> kept = stored.subList(0, 3);
      store.collect(kept.stream().map(Block::cid).toList(), GcMode.COLLECT);
      Block more = Dags.leaf(-1, 500_000);
      store.accept(more);
      store.sync();
      assertReadable(store, kept);
      assertReadable(store, List.of(more));
    }
  }

  @Test
  void theSameStoreGoesOnOnceThereIsRoom() throws Exception {
    Path ballast = Files.write(directory.resolve("ballast"), new byte[4 << 20]);
    List<Block> stored = new ArrayList<>();
    try (DiskBlockStore store = DiskBlockStore.open(directory, OPTIONS)) {
      IOException refusal = null;
      for (int i = 0; refusal == null && i < 1000; i++) {
        Block block = Dags.leaf(i, 30_000);
        try {
          store.accept(block);
          stored.add(block);
        } catch (IOException e) {
          refusal = e;
        }
      }
      assertThat(refusal).isNotNull();
      Files.delete(ballast);
      Block more = Dags.leaf(-1, 300_000);
      store.accept(more);
      store.sync();
      stored.add(more);
      assertReadable(store, stored);
    }
    try (DiskBlockStore again = DiskBlockStore.open(directory, OPTIONS)) {
      assertReadable(again, stored);
      assertThat(again.verify((done, inAll) -> {}).clean()).isTrue();
    }
  }

  private static void assertReadable(DiskBlockStore store, List<Block> blocks) throws Exception {
    for (Block block : blocks) {
      assertThat(store.read(block.cid())).contains(block.bytes());
    }
  }

  private static int run(String... command) throws Exception {
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      return -1; // no such program
    }
  }
}
