package spindrift.blocks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

/** Kills a process at random moments of put, sync, pin and collection. */
class CrashTest {
  private static final int KILLS = 10;
  private static final int MAX_LIFE_MILLIS = 400;

  @TempDir Path directory;

  @Test
  void nothingAcknowledgedIsLostWhenTheProcessIsKilled() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    int acknowledged = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      acknowledged = runAndKill(acknowledged + 1, random);
      try (DiskBlockStore store = DiskBlockStore.open(directory, CrashVictim.OPTIONS)) {
        Set<Cid> pins = store.pins().list().stream().map(Pin::root).collect(Collectors.toSet());
        for (int number = 1; number <= acknowledged; number++) {
          List<Block> tree = CrashVictim.tree(number);
          assertThat(pins).contains(tree.getLast().cid());
          for (Block block : tree) {
            assertThat(store.read(block.cid()))
                .as("tree %d after kill %d, -Dseed=%d", number, kill, seed)
                .contains(block.bytes());
          }
        }
        assertThat(store.verify((done, inAll) -> {}).clean()).isTrue();
      }
    }
    assertThat(acknowledged).isPositive();
    try (DiskBlockStore store = DiskBlockStore.rebuild(directory, CrashVictim.OPTIONS)) {
      for (int number = 1; number <= acknowledged; number++) {
        for (Block block : CrashVictim.tree(number)) {
          assertThat(store.read(block.cid())).contains(block.bytes());
        }
      }
    }
  }

  /** Returns the last number that the process acknowledged. */
  private int runAndKill(int first, Random random) throws Exception {
    Path out = Files.createTempFile(directory, "acknowledged", "");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx200m",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                CrashVictim.class.getName(),
                directory.toString(),
                Integer.toString(first))
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      while (Files.size(out) == 0 && !process.waitFor(10, TimeUnit.MILLISECONDS)) {
        assertThat(process.info().totalCpuDuration().orElse(Duration.ZERO))
            .isLessThan(Duration.ofMinutes(1));
      }
      process.waitFor(random.nextInt(MAX_LIFE_MILLIS), TimeUnit.MILLISECONDS);
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.waitFor()).isEqualTo(128 + 9);
    // Half a line at the end is no acknowledgement.
    String text = Files.readString(out);
    List<String> lines = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    return lines.isEmpty() ? first - 1 : Integer.parseInt(lines.getLast());
  }
}
