package spindrift.node;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import spindrift.node.NodeConfig.Uploaders;

/** A node in a process of its own, to be killed. */
final class Victim implements AutoCloseable {
  private final Process process;
  private final String url;

  private Victim(Process process, String url) {
    this.process = process;
    this.url = url;
  }

  /** What the process runs: a data directory and a store are its arguments. */
  public static void main(String[] arguments) throws Exception {
    try (Node node =
        Node.start(TestNodes.config(Path.of(arguments[0]), arguments[1], Uploaders.ANYBODY))) {
      System.out.println(node.url());
      node.awaitStop();
    }
  }

  static Victim start(Path data, String store) throws IOException {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-XX:TieredStopAtLevel=1",
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Victim.class.getName(),
                    data.toString(),
                    store))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    BufferedReader said =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String url = said.readLine();
    if (url == null) {
      throw new IOException("the node ended with status " + process.onExit().join().exitValue());
    }
    return new Victim(process, url);
  }

  String url() {
    return url;
  }

  /** As {@code kill -9} does. */
  void kill() {
    close();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
