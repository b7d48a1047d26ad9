package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands for mounts say when they cannot do what they are told. */
class MountCommandTest {
  private static final String PATH = "/nix/store/" + "0".repeat(32) + "-name";

  @TempDir private Path folder;

  private Ran run(String... arguments) {
    return Ran.spindrift(arguments);
  }

  @Test
  void wantsPathsOrAll() {
    for (Ran ran :
        new Ran[] {
          run("mount", folder.toString()), run("mount", folder.toString(), PATH, "--all")
        }) {
      assertThat(ran.status()).isEqualTo(ExitCode.USAGE);
      assertThat(ran.err()).contains("--all");
    }
  }

  @Test
  void wantsStorePaths() {
    Ran ran = run("mount", folder.toString(), "/etc/passwd", "--data", folder.toString());
    assertThat(ran.status()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("/etc/passwd", "HASH-NAME");
  }

  @Test
  void wantsANode() {
    Ran ran = run("mount", folder.toString(), "--all", "--data", folder.toString());
    assertThat(ran.status()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("'spindrift up'");
  }

  @Test
  void unmountsOnlyWhatIsMounted() {
    Ran ran = run("umount", folder.toString());
    assertThat(ran.status()).isEqualTo(ExitCode.FAILED);
    assertThat(ran.err()).contains("nothing is mounted at " + folder, "'spindrift mounts'");
  }

  @Test
  void listsMounts() {
    Ran ran = run("mounts", "--json", "--data", folder.toString());
    assertThat(ran.status()).isEqualTo(ExitCode.DONE);
    assertThat(ran.text()).contains("\"items\"");
  }
}
