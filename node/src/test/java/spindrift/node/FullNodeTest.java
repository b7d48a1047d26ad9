package spindrift.node;

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
import spindrift.base.JsonObject;

/** A node whose disk is full says so and lives on; needs the right to mount a small file system. */
final class FullNodeTest {
  @TempDir Path data;
  private boolean mounted;

  @BeforeEach
  void mount() throws Exception {
    mounted = run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", data.toString());
    assumeThat(mounted).as("may mount a file system (needs root)").isTrue();
  }

  @AfterEach
  void unmount() throws Exception {
    if (mounted) {
      run("umount", data.toString());
    }
  }

  @Test
  void refusesUploadsAndServesWhatItHas() throws Exception {
    List<Pushed> accepted = new ArrayList<>();
    try (Node node = TestNodes.start(data, "none")) {
      int status = 200;
      for (int i = 0; status == 200 && i < 100; i++) {
        Pushed object = Pushed.object(i, 600_000);
        status = object.push(node.url());
        if (status == 200) {
          accepted.add(object);
        }
      }
      assertThat(status).as("an error that Nix does not repeat").isBetween(400, 499);
      assertThat(accepted).hasSizeGreaterThan(3);
      for (Pushed object : accepted) {
        assertThat(object.isWhole(node.url())).isTrue();
      }
    }
    try (Node again = TestNodes.start(data, "none")) {
      for (Pushed object : accepted) {
        assertThat(object.isWhole(again.url())).isTrue();
      }
      assertThat(TestNodes.command(data, "verify", JsonObject.EMPTY).whole("damaged")).isZero();
    }
  }

  @Test
  void goesOnOnceThereIsRoom() throws Exception {
    Path ballast = Files.write(data.resolve("ballast"), new byte[5 << 20]);
    try (Node node = TestNodes.start(data, "none")) {
      Pushed first = Pushed.object(1, 100_000);
      assertThat(first.push(node.url())).isEqualTo(200);
      Pushed large = Pushed.object(2, 3_000_000);
      assertThat(large.push(node.url())).isBetween(400, 499);
      assertThat(large.isWhole(node.url())).isFalse();
      Files.delete(ballast);
      TestNodes.command(data, "gc", JsonObject.EMPTY);
      assertThat(large.push(node.url())).isEqualTo(200);
      assertThat(large.isWhole(node.url())).isTrue();
      assertThat(first.isWhole(node.url())).isTrue();
    }
  }

  private static boolean run(String... command) throws Exception {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false; // no such program
    }
  }
}
