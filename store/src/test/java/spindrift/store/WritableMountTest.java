package spindrift.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder that is mounted as NixOS mounts the store, in a namespace that ends with the test. */
final class WritableMountTest {
  private static final String READ_ONLY =
      "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\"";

  @TempDir Path store;

  @Test
  void aProgramWritesWhatIsMountedReadOnly() throws Exception {
    assumeThat(run(List.of("true"))).as("mounts can be made here").isZero();
    Path file = store.resolve("file");
    List<String> touch = List.of("touch", file.toString());
    assertThat(run(touch)).as("as it is").isNotZero();
    assertThat(run(WritableMount.command(store, touch))).isZero();
    assertThat(file).exists();
  }

  @Test
  void whereItIsNotAllowedTheProgramRunsAllTheSame() throws Exception {
    assumeThat(run(List.of("true"))).as("mounts can be made here").isZero();
    Path none = store.resolve("none");
    Path said = Files.createTempFile("said", "");
    String echo = "echo $SPINDRIFT_MOUNT_NAMESPACE $0 > '" + said + "'";
    assertThat(run(WritableMount.command(none, List.of("sh", "-c", echo, "a b")))).isZero();
    assertThat(Files.readString(said)).isEqualTo("1 a b\n");
    Files.delete(said);
  }

  @Test
  void whereNoNamespaceCanBeMadeTheProgramRunsAllTheSame() throws Exception {
    Path programs = Files.createDirectory(store.resolve("programs"));
    String echo = "echo $SPINDRIFT_MOUNT_NAMESPACE $0";
    List<String> command =
        WritableMount.command(store, List.of("/bin/sh", "-c", echo, "it's \"a b\""));
    assertThat(said(command, programs)).as("no unshare").isEqualTo("1 it's \"a b\"\n");
    Path unshare = Files.writeString(programs.resolve("unshare"), "#!/bin/sh\nexit 1\n");
    Files.setPosixFilePermissions(unshare, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(said(command, programs)).as("not allowed").isEqualTo("1 it's \"a b\"\n");
  }

  private static String said(List<String> command, Path programs) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PATH", programs.toString());
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return said;
  }

  private int run(List<String> program) throws Exception {
    List<String> command = new ArrayList<>(List.of("unshare", "--mount", "--", "sh", "-c"));
    command.addAll(List.of(READ_ONLY, store.toString()));
    command.addAll(program);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    System.getLogger(WritableMountTest.class.getName())
        .log(System.Logger.Level.DEBUG, "{0} {1}", status, said);
    return status;
  }
}
