package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.JsonObject;
import spindrift.node.NodeConfig.Uploaders;
import spindrift.node.PeerSettings.Discovery;
import spindrift.testkit.Completed;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/**
 * A peer whose store says of a content-addressed path, for which nobody asks a signature, that its
 * NAR is another one, and which has that other one.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class LyingPeerTest {
  @TempDir(factory = InMemory.class)
  Path scratch;

  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  @Test
  void aFalseNarHashOfAContentAddressedPathIsNeverInstalled() throws Exception {
    assumeThat(RealNix.newest()).as("a real Nix: tools/real-nix.sh install").isPresent();
    NixClient liar = client("liar");
    NixClient honest = client("honest");
    Path file = Files.writeString(scratch.resolve("source"), "what it says ".repeat(9000));
    String path = liar.run("nix-store", "--add", file.toString()).line();
    assertThat(honest.run("nix-store", "--add", file.toString()).line()).isEqualTo(path);
    lie(liar, path);

    Node first = share("liar", liar, path);
    NixClient other = client("other").with("require-sigs", "true");
    other.run("nix-store", "--init");
    Node node = start("other", other, first.p2pAddress());
    other.with("substituters", node.url()).with("narinfo-cache-negative-ttl", "0");
    await("connected", () -> count("other") == 1);
    Completed wrong = other.attempt("nix-store", "-r", path);
    assertThat(wrong.status()).as(wrong.stderr().display()).isNotZero();
    assertThat(other.attempt("nix-store", "--check-validity", path).status()).isNotZero();

    // Nix remembers narinfos, so it is another one that asks when somebody honest has come.
    Node second = share("honest", honest, path);
    TestNodes.command(data("other"), "peer-connect", JsonObject.of("address", second.p2pAddress()));
    NixClient again = client("again").with("require-sigs", "true");
    again.with("substituters", node.url());
    await("right", () -> again.attempt("nix-store", "-r", path).status() == 0);
    assertThat(Files.mismatch(again.physical(path), file)).isEqualTo(-1);
  }

  /** Has a store say that a path has other contents than it was made of; it has those, too. */
  private void lie(NixClient nix, String path) throws Exception {
    Path lie = Files.writeString(scratch.resolve("lie"), "something else ".repeat(9000));
    String told = nix.run("nix-store", "--add", lie.toString()).line();
    String hash = nix.run("nix-store", "-q", "--hash", told).line();
    String size = nix.run("nix-store", "-q", "--size", told).line();
    String hex = nix.run("nix", "hash", "to-base16", hash).line();
    Path files = nix.physical(path);
    assertThat(files.toFile().setWritable(true)).isTrue();
    Files.copy(lie, files, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThat(files.toFile().setWritable(false)).isTrue();
    try (Connection database =
            DriverManager.getConnection(
                "jdbc:sqlite:" + nix.root().resolve("nix/var/nix/db/db.sqlite"));
        PreparedStatement change =
            database.prepareStatement(
                "update ValidPaths set hash = ?, narSize = ? where path = ?")) {
      change.setString(1, "sha256:" + hex);
      change.setLong(2, Long.parseLong(size));
      change.setString(3, path);
      assertThat(change.executeUpdate()).isEqualTo(1);
    }
  }

  private Node share(String name, NixClient nix, String path) throws Exception {
    Node node = start(name, nix);
    TestNodes.command(data(name), "share", JsonObject.of("paths", List.of(path)));
    return node;
  }

  private Node start(String name, NixClient nix, String... peers) throws Exception {
    Node node =
        Node.start(
            TestNodes.config(data(name), nix.root().toString(), Uploaders.WITH_TOKEN)
                .withP2pListen(List.of("/ip4/127.0.0.1/tcp/0"))
                .withDiscovery(Discovery.OFF)
                .withMorePeers(List.of(peers)));
    opened.add(node);
    return node;
  }

  private NixClient client(String name) throws Exception {
    return RealNix.newest().orElseThrow().client(scratch.resolve(name));
  }

  private Path data(String name) {
    return scratch.resolve("data-" + name);
  }

  private int count(String name) throws Exception {
    return TestNodes.items(data(name), "peers", JsonObject.EMPTY).size();
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(String what, Condition condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("%s in time", what).isLessThan(deadline);
      LockSupport.parkNanos(20_000_000);
    }
  }
}
