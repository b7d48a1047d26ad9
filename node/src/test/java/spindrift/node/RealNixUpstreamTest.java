package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import spindrift.base.JsonObject;
import spindrift.nix.SecretKey;
import spindrift.node.NodeConfig.Uploaders;
import spindrift.testkit.Completed;
import spindrift.testkit.FaultyUpstream;
import spindrift.testkit.NixClient;
import spindrift.testkit.NixDaemon;
import spindrift.testkit.RealNix;
import spindrift.testkit.Seeds;
import spindrift.upstream.UpstreamAccess;

/** Real Nix, with a node as its only substituter, gets what caches by others have. */
final class RealNixUpstreamTest {
  private static final String CANDIDATES = "spindrift.testkit.RealNix#candidates";

  private static final Uploaders NOBODY = Uploaders.WITH_TOKEN;

  /** More than a node holds back until it is proved. */
  private static final int LARGE = 30 << 20;

  /** Two content-addressed derivations, of which one needs the other. */
  private static final String ADDRESSED =
      """
      let build = name: text: derivation {
        inherit name;
        system = builtins.currentSystem;
        builder = "/bin/sh";
        args = [ "-c" "echo ${text} > $out" ];
        __contentAddressed = true;
        outputHashMode = "recursive";
        outputHashAlgo = "sha256";
      };
      in build "second" (build "first" "hello")
      """;

  @TempDir(factory = InMemory.class)
  Path scratch;

  private final SecretKey key = SecretKey.generate("cache-1");
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  private <T extends AutoCloseable> T opened(T one) {
    opened.add(one);
    return one;
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void realisationsOfACacheAreUsedWhereATrustedKeySignedThem(RealNix nix) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    assumeThat(nix.isAtLeast(2, 8)).as("content-addressed derivations").isTrue();
    NixClient builder =
        Sandbox.of(nix.client(scratch.resolve("builder")))
            .with("secret-key-files", keyFile().toString());
    Path file = Files.writeString(scratch.resolve("build.nix"), ADDRESSED);
    String drv = builder.run("nix-instantiate", file.toString()).line();
    Completed build = builder.attempt("nix-build", "--no-out-link", file.toString());
    assumeThat(build.status()).as("a sandbox: " + build.stderr().display()).isZero();
    Path cache = Files.createDirectories(scratch.resolve("cache"));
    String what = nix.isAtLeast(2, 13) ? drv + "^out" : drv;
    copy(builder, cache, what);
    FaultyUpstream upstream = opened(FaultyUpstream.over(cache));

    Node trusting = start("trusting", key.publicKey().render(), upstream.url());
    NixClient other = substituting(Sandbox.of(nix.client(scratch.resolve("other"))), trusting);
    Completed substituted =
        other.attempt("nix-build", "--no-out-link", "--max-jobs", "0", file.toString());
    assertThat(substituted.expectSuccess().line()).isEqualTo(build.line());
    assertThat(Closures.hashes(other, other.storeUri(), List.of(build.line())))
        .isEqualTo(Closures.hashes(builder, builder.storeUri(), List.of(build.line())));

    String stranger = SecretKey.generate("stranger-1").publicKey().render();
    Node doubting = start("doubting", stranger, upstream.url());
    NixClient third = substituting(Sandbox.of(nix.client(scratch.resolve("third"))), doubting);
    assertThat(
            third
                .attempt("nix-build", "--no-out-link", "--max-jobs", "0", file.toString())
                .status())
        .as("nobody signed them who counts there")
        .isNotZero();
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void realisationsOfAPeerAreUsedWhereATrustedKeySignedThem(RealNix nix) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    assumeThat(nix.isAtLeast(2, 8)).as("content-addressed derivations").isTrue();
    NixClient builder = Sandbox.of(nix.client(scratch.resolve("builder")));
    builder.with("secret-key-files", keyFile().toString());
    Path file = Files.writeString(scratch.resolve("build.nix"), ADDRESSED);
    Completed build = builder.attempt("nix-build", "--no-out-link", file.toString());
    assumeThat(build.status()).as("a sandbox: " + build.stderr().display()).isZero();

    NixDaemon daemon = opened(builder.startDaemon());
    String store = "unix:" + daemon.socket() + "?root=" + builder.root();
    Node peer = opened(Node.start(among(TestNodes.config(scratch.resolve("peer"), store, NOBODY))));
    Node node =
        opened(
            Node.start(
                among(TestNodes.config(scratch.resolve("node"), "none", NOBODY))
                    .withTrustedDefaults(KeySettings.Defaults.DROPPED)
                    .withMoreTrustedKeys(List.of(key.publicKey().render()))
                    .withMorePeers(List.of(peer.p2pAddress()))));
    JsonObject output = JsonObject.of("paths", List.of(build.line()), "closure", true);
    TestNodes.command(scratch.resolve("peer"), "share", output);
    NixClient other = substituting(Sandbox.of(nix.client(scratch.resolve("other"))), node);
    await(() -> TestNodes.hasPeer(scratch.resolve("node")));
    Completed substituted =
        other.attempt("nix-build", "--no-out-link", "--max-jobs", "0", file.toString());
    assertThat(substituted.expectSuccess().line()).isEqualTo(build.line());
    other.run("nix-store", "--verify", "--check-contents");
  }

  private static NodeConfig among(NodeConfig config) throws Exception {
    return config
        .withP2pListen(List.of("/ip4/127.0.0.1/tcp/0"))
        .withDiscovery(PeerSettings.Discovery.OFF);
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
      LockSupport.parkNanos(20_000_000);
    }
  }

  /**
   * Of a large NAR a client has all but the last byte before it is known to be wrong. Nix must not
   * install it, and what it asks for next must come from somebody else.
   */
  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void aLargeWrongNarIsNotInstalledAndTheNextTryComesFromAnother(RealNix nix) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    NixClient owner = nix.client(scratch.resolve("owner"));
    Path file = Files.write(scratch.resolve("large"), Seeds.bytes(new Random(3), LARGE).toArray());
    String path = owner.run("nix-store", "--add", file.toString()).line();
    Path cache = Files.createDirectories(scratch.resolve("cache"));
    copy(owner, cache, path);
    FaultyUpstream lying = opened(FaultyUpstream.over(cache));
    lying.on("nar/").corruptAt(LARGE / 2);
    FaultyUpstream honest = opened(FaultyUpstream.over(cache));
    honest.on(".narinfo").delay(Duration.ofSeconds(1)); // the other one is the first to be known
    Node node =
        start(
            "node",
            key.publicKey().render(),
            lying.url() + "?priority=1",
            honest.url() + "?priority=90");
    NixClient client = substituting(nix.client(scratch.resolve("client")), node);

    Completed first = client.attempt("nix-store", "-r", path);
    boolean isInstalled = client.attempt("nix-store", "--check-validity", path).status() == 0;
    assertThat(isInstalled).as(first.stderr().display()).isEqualTo(first.status() == 0);
    assertThat(lying.requests("nar/")).isPositive();
    client.run("nix-store", "-r", path);
    client.run("nix-store", "--verify", "--check-contents");
    assertThat(Files.mismatch(client.physical(path), file)).isEqualTo(-1);
    assertThat(lying.requests("nar/")).as("it is not asked again").isEqualTo(1);
    assertThat(TestNodes.command(scratch.resolve("node"), "status", JsonObject.EMPTY).toString())
        .contains("distrusted", lying.url());
  }

  private void copy(NixClient from, Path cache, String what) throws Exception {
    from.runOn(
        "",
        "nix",
        "copy",
        "--from",
        from.storeUri(),
        "--to",
        "file://" + cache + "?compression=none&secret-key=" + keyFile(),
        "--no-check-sigs",
        what);
  }

  private Path keyFile() throws Exception {
    Path file = scratch.resolve("key");
    return Files.exists(file) ? file : Files.writeString(file, key.renderSecret());
  }

  private Node start(String name, String trusted, String... upstreams) throws Exception {
    NodeConfig config = TestNodes.config(scratch.resolve(name), "none", Uploaders.ANYBODY);
    List<UpstreamSettings.Listed> listed = new ArrayList<>();
    for (String url : upstreams) {
      listed.add(
          new UpstreamSettings.Listed(UpstreamAccess.of(UpstreamSettings.url(url)), List.of()));
    }
    return opened(
        Node.start(
            config
                .withMoreListed(listed)
                .withTrustedDefaults(KeySettings.Defaults.DROPPED)
                .withMoreTrustedKeys(List.of(trusted))));
  }

  private NixClient substituting(NixClient client, Node node) {
    return client
        .with("substituters", node.url())
        .with("require-sigs", "true")
        .with("trusted-public-keys", key.publicKey().render())
        .with("narinfo-cache-negative-ttl", "0");
  }
}
