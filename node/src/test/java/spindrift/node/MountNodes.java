package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import spindrift.base.JsonObject;
import spindrift.fuse.MountOptions;
import spindrift.mount.MountSettings;
import spindrift.node.NodeConfig.Uploaders;
import spindrift.node.PeerSettings.Discovery;
import spindrift.testkit.Corpus;

/** Nodes over the corpus and their mounts, all in this process; the test is skipped without. */
final class MountNodes implements Closeable {
  private final Path scratch;
  private final List<Closeable> opened = new ArrayList<>();

  MountNodes(Path scratch) {
    assumeThat(Corpus.missing()).as("a corpus").isEmpty();
    assumeThat(Files.isWritable(Path.of("/dev/fuse"))).as("/dev/fuse").isTrue();
    assumeThat(System.getProperty("user.name")).as("root may mount").isEqualTo("root");
    this.scratch = scratch;
  }

  static void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      LockSupport.parkNanos(20_000_000);
    }
  }

  /** The hard cases and some programs: of some MB. */
  static List<String> names() throws IOException {
    return Corpus.paths().stream()
        .map(path -> path.substring(path.lastIndexOf('/') + 1))
        .filter(name -> name.matches(".*-(hard-[a-y].*|dash-.*|debianutils-.*|libattr1.*|a.b-.*)"))
        .toList();
  }

  Path data(String name) {
    return scratch.resolve("data-" + name);
  }

  /** The node "owner", of the corpus, which it shares. */
  Node owner() throws Exception {
    NodeConfig config =
        TestNodes.config(data("owner"), Corpus.store().toString(), Uploaders.WITH_TOKEN)
            .withMoreShareKeys(List.of(Corpus.key()))
            .withP2pListen(List.of("/ip4/127.0.0.1/tcp/0"))
            .withDiscovery(Discovery.OFF);
    Node node = start(config);
    // Nix starts, with a mount namespace of its own, before there is a mount to be kept by it.
    TestNodes.command(config.data(), "info", JsonObject.of("paths", List.of(Corpus.root())));
    return node;
  }

  /** The node "reader", which has nothing but a peer. */
  Node reader(Node peer) throws Exception {
    return reader("reader", peer);
  }

  Node reader(String name, Node peer) throws Exception {
    NodeConfig config =
        TestNodes.config(data(name), "none", Uploaders.WITH_TOKEN)
            .withMoreTrustedKeys(List.of(Corpus.key()))
            .withMorePeers(List.of(peer.p2pAddress()))
            .withP2pListen(List.of("/ip4/127.0.0.1/tcp/0"))
            .withDiscovery(Discovery.OFF);
    Node node = start(config);
    await(() -> TestNodes.hasPeer(config.data()));
    return node;
  }

  /** The node "small", which has an upstream and keeps next to nothing. */
  Node small(Node upstream) throws Exception {
    return start(
        TestNodes.config(data("small"), "none", Uploaders.WITH_TOKEN)
            .withMoreTrustedKeys(List.of(Corpus.key()))
            .withMoreUpstreams(List.of(upstream.url()))
            .withQuota("1K"));
  }

  private Node start(NodeConfig config) throws Exception {
    Node node = Node.start(config);
    opened.add(node::close);
    return node;
  }

  /** Mounted at "mnt" from the node with a name. */
  Mounted mount(String name, MountSettings settings) throws Exception {
    Path directory = Files.createDirectories(scratch.resolve("mnt"));
    Mounted mounted = Mounted.start(data(name), settings, MountOptions.at(directory));
    opened.add(mounted::close);
    return mounted;
  }

  @Override
  public void close() throws IOException {
    for (Closeable one : opened.reversed()) {
      one.close();
    }
  }
}
