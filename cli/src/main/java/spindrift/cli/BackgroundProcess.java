package spindrift.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** This command once more, in a process that goes on when this one and its terminal have gone. */
final class BackgroundProcess {
  private BackgroundProcess() {}

  /**
   * Starts it and waits until it has printed its first line.
   *
   * @param flag that asked for it, which the process does not get
   * @param logs where what it says goes, as {@code PID.log}
   * @return the exit code for this process
   */
  static int start(String flag, Path logs, Terminal terminal) throws IOException {
    Files.createDirectories(logs);
    Path log = Files.createTempFile(logs, "mount-", ".log");
    List<String> command = new ArrayList<>(List.of("setsid"));
    for (String part : Files.readString(Path.of("/proc/self/cmdline")).split("\0", -1)) {
      if (!part.equals(flag)) {
        command.add(part);
      }
    }
    command.removeLast(); // behind the last zero there is nothing
    Process process =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectError(log.toFile())
            .start();
    String first;
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      first = out.readLine();
    }
    if (first != null) {
      Files.move(log, logs.resolve(process.pid() + ".log"), StandardCopyOption.REPLACE_EXISTING);
      terminal.out().println(first);
      return ExitCode.DONE;
    }
    terminal.err().print(Files.readString(log));
    Files.delete(log);
    return exitOf(process);
  }

  private static int exitOf(Process process) throws IOException {
    try {
      int status = process.waitFor();
      return status == ExitCode.DONE ? ExitCode.FAILED : status;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
