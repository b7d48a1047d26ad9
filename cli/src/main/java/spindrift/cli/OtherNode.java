package spindrift.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A node that this program starts as another process, with nothing and without any network. */
record OtherNode(Process process, String url) implements AutoCloseable {
  private static final Pattern READY = Pattern.compile("ready http=(\\S+) .*");

  static OtherNode start(Path data) throws IOException {
    List<String> command = javaOfThis();
    command.addAll(
        List.of("up", "--listen=127.0.0.1:0", "--data=" + data, "--store=none", "--writable"));
    command.addAll(List.of("--p2p-listen=none", "--no-mdns", "--upstream=none"));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    Matcher ready = READY.matcher(line == null ? "" : line);
    if (!ready.matches()) {
      process.destroy();
      throw new IOException("a node said " + line);
    }
    return new OtherNode(process, ready.group(1));
  }

  /** How this process was started, but for its cache, as far as its arguments. */
  private static List<String> javaOfThis() throws IOException {
    List<String> command = new ArrayList<>();
    for (String part : Files.readString(Path.of("/proc/self/cmdline")).split("\0", -1)) {
      if (!part.startsWith("-XX:AOT")) {
        command.add(part);
      }
      if (part.equals(Main.class.getName())) {
        return command;
      }
    }
    throw new IOException("this is no process of " + Main.class.getName());
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a node ends");
    }
  }
}
