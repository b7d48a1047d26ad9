package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own can show. */
class ProcessTest {
  @TempDir private Path folder;
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void endProcesses() {
    started.forEach(Process::destroyForcibly);
  }

  private Process start(String... arguments) throws Exception {
    return Launched.spindrift(arguments).redirectError(folder.resolve("stderr").toFile()).start();
  }

  private static int end(Process process) throws Exception {
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ends").isTrue();
    return process.exitValue();
  }

  @Test
  void aNodeSaysWhenItServesAndStopsCleanlyWhenToldTo() throws Exception {
    String data = folder.resolve("data").toString();
    Process process =
        start(
            "up",
            "--listen",
            "127.0.0.1:0",
            "--p2p-listen",
            "none",
            "--store",
            "none",
            "--data",
            data);
    try (BufferedReader out = process.inputReader()) {
      assertThat(out.readLine()).matches("ready http=http://127\\.0\\.0\\.1:\\d+ .*");
      assertThat(Ran.spindrift("status", "--data", data).expectSuccess().text())
          .containsPattern("node +running");
      process.toHandle().destroy();
      assertThat(out.readLine()).isNull();
      assertThat(end(process)).isZero();
    }
    assertThat(folder.resolve("stderr")).content().matches("(\\d\\d:\\d\\d:\\d\\d info \\S.*\n)*");
    assertThat(Ran.spindrift("status", "--store", "none", "--data", data).text())
        .containsPattern("node +not running");
  }

  @Test
  void aSecondNodeOnTheSameDataIsRefused() throws Exception {
    String data = folder.resolve("data").toString();
    String[] up = {
      "up",
      "--listen",
      "127.0.0.1:0",
      "--p2p-listen",
      "none",
      "--upstream",
      "none",
      "--store",
      "none",
      "--data",
      data
    };
    Process process = start(up);
    try (BufferedReader out = process.inputReader()) {
      assertThat(out.readLine()).startsWith("ready ");
      Ran second = Ran.spindrift(up);
      assertThat(second.status()).isEqualTo(ExitCode.USAGE);
      assertThat(second.err()).contains("in use by process " + process.pid());
      process.toHandle().destroy();
      assertThat(end(process)).isZero();
    }
  }

  @Test
  void theExitCodeIsThatOfTheProcess() throws Exception {
    assertThat(end(start("unknown"))).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void rehearsesAllThatItWantsTo() throws Exception {
    RehearseCommand.rehearse(folder);
    assertThat(folder.resolve("tree/file")).isExecutable();
    assertThat(Files.isSymbolicLink(folder.resolve("tree/link"))).isTrue();
  }

  @Test
  void aRehearsalNeverFails() {
    assertThat(Ran.spindrift("rehearse").expectSuccess().text()).isEmpty();
  }
}
