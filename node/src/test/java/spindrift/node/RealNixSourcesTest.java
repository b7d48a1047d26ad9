package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import spindrift.base.Bytes;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.nix.NixHash;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/** Each version of Nix fetches sources from a node. */
final class RealNixSourcesTest {
  private static final String CANDIDATES = "spindrift.testkit.RealNix#candidates";

  /** Nobody serves there. */
  private static final String GONE = "http://127.0.0.1:9/hello.tar";

  @TempDir(factory = InMemory.class)
  Path scratch;

  private NixClient client;

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void anOfferedFileComesByItsHashAndByItsCid(RealNix nix) throws Exception {
    prepare(nix);
    Path data = scratch.resolve("data");
    Bytes content = content(300_000);
    Path file = Files.write(scratch.resolve("hello.tar"), content.toArray());
    try (Node node = TestNodes.start(data, "none")) {
      JsonObject offered = offer(data, file);
      NixHash hash = NixHash.sha256Of(content);
      client.with("hashed-mirrors", node.url());

      String built = build(expression("one.tar", GONE, hash));
      assertThat(Files.readAllBytes(client.physical(built))).isEqualTo(content.toArray());
      String sri = "{ name = \"two.tar\"; url = \"" + GONE + "\"; hash = \"" + hash.sri() + "\"; }";
      if (nix.isAtLeast(2, 4)) {
        assertThat(build("import <nix/fetchurl.nix> " + sri)).endsWith("-two.tar");
      }

      client.with("hashed-mirrors", "");
      String url = node.url() + "/ipfs/" + offered.text("cid");
      String other = build(expression("three.tar", url, hash));
      assertThat(Files.readAllBytes(client.physical(other))).isEqualTo(content.toArray());
      assertThat(Json.asText(offered.items("paths").getFirst())).endsWith("-hello.tar");
    }
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void whatOneHasFetchedOthersGetWithoutItsOrigin(RealNix nix) throws Exception {
    prepare(nix);
    Bytes content = content(100_000);
    NixHash hash = NixHash.sha256Of(content);
    Path file = Files.write(scratch.resolve("hello.tar"), content.toArray());
    client.run("nix-store", "--add-fixed", "sha256", file.toString());
    try (Node node = TestNodes.start(scratch.resolve("data"), client.root().toString())) {
      client = client(nix, scratch.resolve("other"));
      client.with("hashed-mirrors", node.url());
      String built = build(expression("another-name.tar", GONE, hash));
      assertThat(Files.readAllBytes(client.physical(built))).isEqualTo(content.toArray());
    }
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void damageAtTheMirrorSendsNixToTheOrigin(RealNix nix) throws Exception {
    prepare(nix);
    Bytes content = content(100_000);
    NixHash hash = NixHash.sha256Of(content);
    Path file = Files.write(scratch.resolve("hello.tar"), content.toArray());
    Path data = scratch.resolve("data");
    String path = client.run("nix-store", "--add-fixed", "sha256", file.toString()).line();
    Path stored = client.physical(path);
    assertThat(stored.toFile().setWritable(true)).isTrue();
    byte[] damaged = content.toArray();
    damaged[7] ^= 1;
    Files.write(stored, damaged);
    Path originData = scratch.resolve("origin");
    try (Node node = TestNodes.start(data, client.root().toString());
        Node origin = TestNodes.start(originData, "none")) {
      JsonObject offered = offer(originData, file);
      client = client(nix, scratch.resolve("other"));
      client.with("hashed-mirrors", node.url());
      String url = origin.url() + "/ipfs/" + offered.text("cid");
      String built = build(expression("x.tar", url, hash));
      assertThat(Files.readAllBytes(client.physical(built))).isEqualTo(content.toArray());
    }
  }

  private void prepare(RealNix nix) throws Exception {
    assumeThat(nix.missing()).isEmpty();
    client = client(nix, scratch.resolve("client"));
  }

  /** As Debian builds Nix, it wants a shell of the host's for each build. */
  private static NixClient client(RealNix nix, Path folder) throws Exception {
    return nix.client(Files.createDirectories(folder)).with("sandbox-paths", "");
  }

  private static Bytes content(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return Bytes.owning(bytes);
  }

  private static JsonObject offer(Path data, Path file) throws Exception {
    return TestNodes.items(
            data,
            "add-file",
            JsonObject.of("files", List.of(file.toString()), "algorithms", List.of("sha256")))
        .getFirst();
  }

  private static String expression(String name, String url, NixHash hash) {
    return "import <nix/fetchurl.nix> { name = \"%s\"; url = \"%s\"; sha256 = \"%s\"; }"
        .formatted(name, url, hash.hex());
  }

  private String build(String expression) throws Exception {
    return client.run("nix-build", "--no-out-link", "-E", expression).text();
  }
}
