package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import spindrift.base.Bytes;
import spindrift.base.JsonObject;
import spindrift.nix.NarInfo;
import spindrift.nix.NarListing;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.node.NodeConfig.Uploaders;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;
import spindrift.testkit.Seeds;

/** Each version of Nix gets from a node just what it, or another store, has. */
final class RealNixNodeTest {
  private static final String CANDIDATES = "spindrift.testkit.RealNix#candidates";

  @TempDir(factory = InMemory.class)
  Path scratch;

  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void whatIsPushedComesBack(RealNix nix) throws Exception {
    NixClient pusher = client(nix, "pusher");
    Closures closure = Closures.some(pusher);
    Node node = start("none");

    push(pusher, closure, node.url() + "?compression=none");
    pullAndCompare(nix, node.url(), closure);
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void aStoreIsServedAsItIsAndIndexed(RealNix nix) throws Exception {
    NixClient owner = client(nix, "owner");
    Closures closure = Closures.some(owner);
    Node node = start(closure.store().toString());
    pull(nix, node.url(), closure);

    JsonObject added =
        TestNodes.command(data(), "add", JsonObject.of("paths", closure.roots(), "closure", true));
    assertThat(added.whole("added")).isEqualTo(closure.hashes().size());
    JsonObject status = TestNodes.command(data(), "status", JsonObject.EMPTY);
    assertThat(status.whole("packBytes"))
        .as("framing and directories, no leaves")
        .isLessThan(added.whole("narBytes") / 20 + 100_000);
    pullAndCompare(nix, node.url(), closure);
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void theTokenGoesIntoNetrc(RealNix nix) throws Exception {
    NixClient pusher = client(nix, "pusher");
    Closures closure = Closures.small(pusher);
    Node node = opened(Node.start(TestNodes.config(data(), "none", Uploaders.WITH_TOKEN)));
    String url = node.url() + "?compression=none";

    assertThat(
            pusher
                .attempt(
                    "nix", Closures.with(closure.roots(), "copy", "--to", url, "--no-check-sigs"))
                .status())
        .as("without the token")
        .isNotZero();
    String token = Files.readString(data().resolve("token")).strip();
    Path netrc =
        Files.writeString(
            scratch.resolve("netrc"), "machine 127.0.0.1 login any password " + token + "\n");
    push(client(nix, "second").with("netrc-file", netrc.toString()), closure, url);
    pullAndCompare(nix, node.url(), closure);
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void everyCompressionIsTaken(RealNix nix) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    List<String> compressions =
        nix.isAtLeast(2, 8)
            ? List.of("none", "zstd", "xz", "gzip", "bzip2")
            : List.of("none", "xz", "bzip2");
    Node node = start("none");
    for (String compression : compressions) {
      NixClient pusher = client(nix, "pusher-" + compression);
      Closures closure = Closures.small(pusher);
      push(pusher, closure, node.url() + "?compression=" + compression);
      pullAndCompare(nix, node.url(), closure);
      // The one who pushed remembers the file that it pushed, and its format.
      Path to = Files.createDirectories(scratch.resolve("again-" + compression));
      pusher.runOn(
          "",
          "nix",
          "copy",
          "--from",
          node.url() + "?compression=" + compression,
          "--to",
          "local?root=" + to,
          "--no-check-sigs",
          closure.root());
    }
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void aSecondPushOnlyAsks(RealNix nix) throws Exception {
    NixClient pusher = client(nix, "pusher");
    Closures closure = Closures.small(pusher);
    Node node = start("none");
    push(pusher, closure, node.url() + "?compression=none");
    try (Cable cable = Cable.to(TestNodes.port(node))) {
      push(client(nix, "second"), closure, cable.url());
      assertThat(cable.requests())
          .isNotEmpty()
          .allSatisfy(request -> assertThat(request).matches("(GET|HEAD) .*"));
    }
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void aCutTransferIsResumed(RealNix nix) throws Exception {
    NixClient owner = client(nix, "owner");
    Path file = Files.write(scratch.resolve("large"), noise(12_000_000));
    String path = owner.run("nix-store", "--add", file.toString()).line();
    Closures closure = Closures.of(owner, owner.root(), List.of(path));
    Node node = start(owner.root().toString());
    try (Cable cable = Cable.cutOnce(TestNodes.port(node), 5_000_000)) {
      pullAndCompare(nix, cable.url(), closure);
      assertThat(cable.sent()).containsPattern("(?i)range: ?bytes=\\d+-");
    }
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void substitutesWithASignatureOfTheNode(RealNix nix) throws Exception {
    NixClient owner = client(nix, "owner");
    Closures closure = Closures.small(owner);
    SecretKey key = SecretKey.generate("node-1");
    Path keyFile = Files.writeString(scratch.resolve("key"), key.renderSecret());
    Node node =
        opened(
            Node.start(
                TestNodes.config(data(), closure.store().toString(), Uploaders.ANYBODY)
                    .withSignKey(keyFile)));
    NixClient puller = client(nix, "puller");
    puller.with("substituters", node.url());
    puller.with("require-sigs", "true");
    puller.with("trusted-public-keys", key.publicKey().toString());
    puller.run("nix-store", "-r", closure.root());
    assertThat(Closures.hashes(puller, puller.storeUri(), closure.roots()))
        .isEqualTo(closure.hashes());
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void listsWhatNixLists(RealNix nix) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    assumeThat(nix.isAtLeast(2, 4)).as("nix store ls").isTrue();
    NixClient owner = client(nix, "owner");
    Path folder = Files.createDirectories(scratch.resolve("tree/sub"));
    Files.writeString(folder.resolve("file"), "content");
    Files.createSymbolicLink(folder.resolve("link"), Path.of("file"));
    String path = owner.run("nix-store", "--add", folder.getParent().toString()).line();
    Node node = start(owner.root().toString());
    String[] list = {"store", "ls", "--json", "-R", path};

    String local = owner.run("nix", list).text();
    String remote = client(nix, "second").runOn(node.url(), "nix", list).text();
    assertThat(remote.replaceAll("\"narOffset\":\\d+,|,\"narOffset\":\\d+", "")).isEqualTo(local);
    String hashPart = path.substring(11, 43);
    HttpResponse<byte[]> listing = TestNodes.request("GET", node.url() + "/" + hashPart + ".ls");
    assertThat(listing.statusCode()).isEqualTo(200);
    NarListing parsed = NarListing.parse(Bytes.copyOf(listing.body()));
    assertThat(parsed.render()).contains("\"link\"", "\"file\"");
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void headSaysWhatGetWouldSay(RealNix nix) throws Exception {
    NixClient owner = client(nix, "owner");
    Closures closure = Closures.small(owner);
    Node node = start(owner.root().toString());
    String narInfoUrl = node.url() + "/" + closure.root().substring(11, 43) + ".narinfo";
    HttpResponse<byte[]> get = TestNodes.request("GET", narInfoUrl);
    NarInfo info = NarInfo.parse(StoreDir.DEFAULT, new String(get.body(), StandardCharsets.UTF_8));
    for (String url : List.of(narInfoUrl, node.url() + "/" + info.url())) {
      HttpResponse<byte[]> body = TestNodes.request("GET", url);
      HttpResponse<byte[]> head = TestNodes.request("HEAD", url);
      assertThat(head.statusCode()).isEqualTo(200).isEqualTo(body.statusCode());
      assertThat(head.body()).isEmpty();
      assertThat(head.headers().firstValueAsLong("content-length")).hasValue(body.body().length);
    }
    for (String absent :
        List.of("/" + "0".repeat(32) + ".narinfo", "/nar/" + "0".repeat(52) + ".nar", "/x")) {
      assertThat(TestNodes.request("HEAD", node.url() + absent).statusCode()).isEqualTo(404);
      assertThat(TestNodes.request("GET", node.url() + absent).statusCode()).isEqualTo(404);
    }
  }

  private void pullAndCompare(RealNix nix, String url, Closures closure) throws Exception {
    pull(nix, url, closure).run("nix-store", "--verify", "--check-contents");
  }

  private NixClient pull(RealNix nix, String url, Closures closure) throws Exception {
    Path folder = Files.createTempDirectory(scratch, "pull");
    NixClient puller = nix.client(folder).with("fsync-metadata", "false");
    puller.runOn(
        "",
        "nix",
        Closures.with(
            closure.roots(), "copy", "--from", url, "--to", puller.storeUri(), "--no-check-sigs"));
    assertThat(Closures.hashes(puller, puller.storeUri(), closure.roots()))
        .isEqualTo(closure.hashes());
    return puller;
  }

  private static void push(NixClient client, Closures closure, String url) throws Exception {
    client.runOn(
        "",
        "nix",
        Closures.with(
            closure.roots(), "copy", "--from", closure.uri(), "--to", url, "--no-check-sigs"));
  }

  private NixClient client(RealNix nix, String name) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    return nix.client(scratch.resolve(name));
  }

  private Path data() {
    return scratch.resolve("data");
  }

  private Node start(String store) throws Exception {
    return opened(TestNodes.start(data(), store));
  }

  private <T extends AutoCloseable> T opened(T one) {
    opened.add(one);
    return one;
  }

  private static byte[] noise(int size) {
    return Seeds.bytes(new Random(size), size).toArray();
  }
}
