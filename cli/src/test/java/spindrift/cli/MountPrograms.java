package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import spindrift.base.JsonObject;
import spindrift.fuse.MountOptions;
import spindrift.mount.MountSettings;
import spindrift.node.ControlClient;
import spindrift.node.Mounted;
import spindrift.node.Node;
import spindrift.node.NodeConfig;
import spindrift.node.PeerSettings;
import spindrift.testkit.Corpus;

/**
 * Nodes over the corpus and mounts of them, in this process or in one of their own that can be
 * killed; the test is skipped where nothing can be mounted.
 */
final class MountPrograms implements Closeable {
  private static final List<String> ANYWHERE = List.of("/ip4/127.0.0.1/tcp/0");
  private static final int END_SECONDS = 30;

  private final Path scratch;
  private final List<Closeable> opened = new ArrayList<>();

  MountPrograms(Path scratch) {
    assumeThat(Corpus.missing()).as("a corpus").isEmpty();
    assumeThat(Files.isWritable(Path.of("/dev/fuse"))).as("/dev/fuse").isTrue();
    assumeThat(System.getProperty("user.name")).as("root may mount").isEqualTo("root");
    this.scratch = scratch;
  }

  Path data(String name) {
    return scratch.resolve("data-" + name);
  }

  /** Where mounts are. */
  Path directory() throws IOException {
    return Files.createDirectories(scratch.resolve("mnt"));
  }

  private NodeConfig config(String name) throws Exception {
    return NodeConfig.defaults()
        .withListen("127.0.0.1:0")
        .withP2pListen(ANYWHERE)
        .withDiscovery(PeerSettings.Discovery.OFF)
        .withMoreUpstreams(List.of("none"))
        .withData(data(name));
  }

  private Node start(NodeConfig config) throws Exception {
    Node node = Node.start(config);
    opened.add(node::close);
    return node;
  }

  /** A node of the corpus, which it shares. */
  Node owner() throws Exception {
    Node node =
        start(
            config("owner")
                .withStore(Corpus.store().toString())
                .withMoreShareKeys(List.of(Corpus.key())));
    // Nix starts, with a mount namespace of its own, before there is a mount to be kept by it.
    try (ControlClient client = ControlClient.connect(data("owner")).orElseThrow()) {
      JsonObject arguments = JsonObject.of("paths", List.of(Corpus.root()));
      client.run("info", arguments, NoReporter.NONE);
    }
    return node;
  }

  /** A node that has nothing but a peer. */
  Node reader(String peer) throws Exception {
    Node node =
        start(
            config("reader")
                .withStore("none")
                .withMoreTrustedKeys(List.of(Corpus.key()))
                .withMorePeers(List.of(peer)));
    awaitPeer("reader");
    return node;
  }

  void awaitPeer(String name) throws Exception {
    LanNode.await(
        "a peer",
        () ->
            LanNode.identified(
                    Ran.spindrift("peers", "--json", "--data", data(name).toString()).json())
                > 0);
  }

  /** As {@link #owner}, in a process of its own. */
  Running ownerProcess(String name) throws Exception {
    return ownerProcess(name, ANYWHERE.getFirst());
  }

  /**
   * The same once more, at the address where others look for it.
   *
   * @param peer what it was before
   */
  Running ownerAgain(String name, Running peer) throws Exception {
    return ownerProcess(name, peer.value("p2p").replaceFirst("/p2p/.*", ""));
  }

  private Running ownerProcess(String name, String listen) throws Exception {
    return up(name, listen, "--store", Corpus.store().toString(), "--share-key", Corpus.key());
  }

  /** As {@link #reader}, in a process of its own. */
  Running readerProcess(String... peers) throws Exception {
    List<String> more = new ArrayList<>(List.of("--store", "none", "--trusted-key", Corpus.key()));
    Stream.of(peers).forEach(peer -> more.addAll(List.of("--peer", peer)));
    Running running = up("reader", ANYWHERE.getFirst(), more.toArray(String[]::new));
    awaitPeer("reader");
    return running;
  }

  private Running up(String name, String listen, String... more) throws Exception {
    List<String> command = new ArrayList<>(List.of("up", "--data", data(name).toString()));
    command.addAll(List.of("--listen", "127.0.0.1:0", "--p2p-listen", listen));
    command.addAll(List.of("--no-mdns", "--upstream", "none"));
    command.addAll(List.of(more));
    return launch(name, command);
  }

  /** A mount in the foreground of a process of its own. */
  Running mountProcess(String name, String... more) throws Exception {
    List<String> command = new ArrayList<>(List.of("mount", directory().toString()));
    command.addAll(List.of("--data", data(name).toString()));
    command.addAll(List.of(more));
    return launch("mount", command);
  }

  Running launch(String name, List<String> command) throws Exception {
    Path log = scratch.resolve(name + ".log");
    ProcessBuilder builder = Launched.spindrift(command.toArray(String[]::new));
    builder.command().add(1, "-Xmx128m");
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Process process = builder.start();
    BufferedReader out = process.inputReader();
    String line = out.readLine();
    Running running = new Running(process, line == null ? "" : line);
    opened.add(running);
    assertThat(line).as(Files.readString(log)).isNotNull();
    return running;
  }

  /** A process that has said that it is ready. */
  record Running(Process process, String said) implements Closeable {
    /** What it said by this name. */
    String value(String name) {
      return Arrays.stream(said.split(" "))
          .filter(word -> word.startsWith(name + "="))
          .findFirst()
          .orElseThrow()
          .substring(name.length() + 1);
    }

    void signal(String name) throws IOException {
      await(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start());
    }

    void kill() throws IOException {
      await(process.destroyForcibly());
    }

    @Override
    public void close() throws IOException {
      if (process.isAlive()) {
        signal("CONT");
        process.destroy();
        await(process);
      }
    }
  }

  private static void await(Process process) throws IOException {
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("a process did not end: " + process.info().commandLine());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** A mount in this process. */
  Mounted mount(String name, MountSettings settings) throws Exception {
    Mounted mounted = Mounted.start(data(name), settings, MountOptions.at(directory()));
    opened.add(mounted::close);
    return mounted;
  }

  /** Base names of paths of the corpus. */
  static List<String> names(String pattern) throws IOException {
    return Corpus.paths().stream()
        .map(path -> path.substring(path.lastIndexOf('/') + 1))
        .filter(name -> name.matches(pattern))
        .toList();
  }

  /** Where a path of the corpus is. */
  static Path original(String name) {
    return Corpus.store().resolve("nix/store").resolve(name);
  }

  /** The regular files of a path, relative to the store, that have contents. */
  static List<Path> files(String name) throws IOException {
    try (Stream<Path> all = Files.walk(original(name))) {
      return all.filter(file -> !Files.isSymbolicLink(file) && Files.isRegularFile(file))
          .filter(file -> file.toFile().length() > 0)
          .map(file -> original(name).getParent().relativize(file))
          .toList();
    }
  }

  /** Whether a file of a mount has the bytes that it has in the corpus. */
  void compare(Path file) throws IOException {
    long at = Files.mismatch(directory().resolve(file), original(file.toString()));
    assertThat(at).as("%s", file).isEqualTo(-1);
  }

  /** Takes away what a process left behind that was killed. */
  private void clear() throws IOException {
    await(
        new ProcessBuilder("umount", "-l", "-q", directory().toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start());
  }

  @Override
  public void close() throws IOException {
    try {
      for (Closeable one : opened.reversed()) {
        one.close();
      }
    } finally {
      clear();
    }
  }
}
