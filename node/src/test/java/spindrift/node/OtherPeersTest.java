package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import spindrift.base.Bytes;
import spindrift.base.JsonObject;
import spindrift.node.NodeConfig.Uploaders;
import spindrift.testkit.Corpus;
import spindrift.testkit.NixClient;
import spindrift.testkit.OtherPeer;
import spindrift.testkit.PeerProgram;
import spindrift.testkit.PeerSettings;
import spindrift.testkit.RealNix;
import spindrift.testkit.Seeds;

/** IPFS peers that others made get from a node what it shares, and give it what they have. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
final class OtherPeersTest {
  private static final int LARGE = 50_000_000;
  private static final int SOON_SECONDS = 2;
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @TempDir(factory = InMemory.class)
  Path scratch;

  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  /** Every program, dialled and dialling. */
  static List<Object[]> pairs() {
    List<Object[]> pairs = new ArrayList<>();
    for (PeerProgram program : PeerProgram.candidates()) {
      for (Dialer dialer : Dialer.values()) {
        pairs.add(new Object[] {program, dialer});
      }
    }
    return pairs;
  }

  enum Dialer {
    NODE,
    OTHER
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void theyReadBothViewsOfASharedPath(PeerProgram program, Dialer dialer) throws Exception {
    NixClient nix = nix();
    Closures closure = ordinary(nix);
    Node node = start(closure.store().toString());
    JsonObject info = shared(closure.root());
    OtherPeer other = start(program);
    connect(dialer, node, other);

    other.get(info.text("treeCid"), scratch.resolve("tree"));
    Trees.assertSame(scratch.resolve("tree"), closure.store().resolve(closure.root().substring(1)));

    other.cat(info.text("narCid"), scratch.resolve("nar"));
    Bytes nar = nix.runOn(closure.uri(), "nix-store", "--dump", physical(closure)).stdout();
    assertThat(scratch.resolve("nar")).hasBinaryContent(nar.toArray());
  }

  @ParameterizedTest
  @EnumSource
  void theyReadALargeFileInItsNar(PeerProgram program) throws Exception {
    NixClient nix = nix();
    Path file = large();
    Closures closure = added(nix, file);
    Node node = start(closure.store().toString());
    JsonObject info = shared(closure.root());
    OtherPeer other = start(program);
    connect(Dialer.OTHER, node, other);

    other.cat(info.text("treeCid"), scratch.resolve("copy"));
    assertThat(scratch.resolve("copy")).hasSameBinaryContentAs(file);
    other.cat(info.text("narCid"), scratch.resolve("nar"));
    assertThat(Files.size(scratch.resolve("nar"))).isEqualTo(info.whole("narSize"));
    if (program.hasBuzhash()) {
      assertThat(start(program, "second").add(file, OtherPeer.BUZHASH))
          .as("they cut as we do")
          .isEqualTo(info.text("treeCid"));
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void aNodeReadsWhatTheyAdded(PeerProgram program, Dialer dialer) throws Exception {
    Node node = start("none");
    OtherPeer other = start(program);
    Path file = large();
    String cid = other.add(file, program.hasBuzhash() ? OtherPeer.BUZHASH : "size-262144");
    String block = other.put(Seeds.bytes(new Random(2), 1000));
    connect(dialer, node, other);

    assertThat(gateway(node, block)).isEqualTo(Seeds.bytes(new Random(2), 1000));
    assertThat(gateway(node, cid)).isEqualTo(Bytes.copyOf(Files.readAllBytes(file)));
  }

  @ParameterizedTest
  @EnumSource
  void theyDoNotGetWhatIsPrivate(PeerProgram program) throws Exception {
    NixClient nix = nix();
    Path file = Files.write(scratch.resolve("small"), Seeds.bytes(new Random(3), 5000).toArray());
    Closures closure = added(nix, file);
    Node node = start(closure.store().toString());
    JsonObject info = indexed(closure.root());
    OtherPeer other = start(program);
    connect(Dialer.OTHER, node, other);

    List<String> cids = List.of(info.text("treeCid"), info.text("narCid"));
    for (String cid : cids) {
      assertThat(gateway(node, cid).size()).as("its owner reads it").isPositive();
      assertThatThrownBy(() -> other.block(cid, SOON_SECONDS)).isInstanceOf(IOException.class);
    }
    command("share", closure.root());
    OtherPeer later = start(program, "later", node);
    for (String cid : cids) {
      assertThat(later.block(cid).size()).isPositive();
    }
    command("unshare", closure.root());
    assertThatThrownBy(() -> start(program, "last", node).block(info.text("narCid"), SOON_SECONDS))
        .isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @EnumSource
  void whatTheyWaitForIsSentWhenItIsShared(PeerProgram program) throws Exception {
    NixClient nix = nix();
    Path file = Files.write(scratch.resolve("small"), Seeds.bytes(new Random(4), 5000).toArray());
    Closures closure = added(nix, file);
    Node node = start(closure.store().toString());
    JsonObject info = indexed(closure.root());
    OtherPeer other = start(program);
    connect(Dialer.OTHER, node, other);

    other.want(info.text("treeCid"));
    command("share", closure.root());
    other.awaitBlock(info.text("treeCid"));
  }

  private static NixClient nixIn(Path scratch) throws IOException {
    assumeThat(RealNix.newest()).as("a real Nix").isPresent();
    return RealNix.newest().orElseThrow().client(scratch);
  }

  private NixClient nix() throws IOException {
    return nixIn(scratch.resolve("nix"));
  }

  /** A path of an ordinary package. */
  private static Closures ordinary(NixClient nix) throws IOException {
    if (Corpus.missing().isPresent()) {
      return Closures.small(nix);
    }
    String path =
        Corpus.paths().stream().filter(one -> one.contains("-dash-")).findFirst().orElseThrow();
    return Closures.of(nix, Corpus.store(), List.of(path));
  }

  private static Closures added(NixClient nix, Path file) throws IOException {
    String path = nix.run("nix-store", "--add", file.toString()).line();
    return Closures.of(nix, nix.root(), List.of(path));
  }

  private static String physical(Closures closure) {
    return closure.store().resolve(closure.root().substring(1)).toString();
  }

  private Path large() throws IOException {
    return Files.write(scratch.resolve("large"), Seeds.bytes(new Random(1), LARGE).toArray());
  }

  private Path data() {
    return scratch.resolve("data");
  }

  private Node start(String store) throws Exception {
    NodeConfig config =
        TestNodes.config(data(), store, Uploaders.ANYBODY)
            .withP2pListen(List.of("/ip4/127.0.0.1/tcp/0"))
            .withDiscovery(spindrift.node.PeerSettings.Discovery.OFF);
    Node node = Node.start(config);
    opened.add(node);
    return node;
  }

  private OtherPeer start(PeerProgram program) throws IOException {
    return start(program, "other");
  }

  private OtherPeer start(PeerProgram program, String name) throws IOException {
    assumeThat(program.missing()).as(program.missing().orElse("")).isEmpty();
    OtherPeer other = program.start(PeerSettings.in(scratch.resolve(name)));
    opened.add(other);
    return other;
  }

  private OtherPeer start(PeerProgram program, String name, Node node) throws Exception {
    OtherPeer other = start(program, name);
    connect(Dialer.OTHER, node, other);
    return other;
  }

  private void connect(Dialer dialer, Node node, OtherPeer other) throws Exception {
    switch (dialer) {
      case NODE ->
          TestNodes.command(data(), "peer-connect", JsonObject.of("address", other.address()));
      case OTHER -> other.connect(address(node));
    }
  }

  private static String address(Node node) {
    return node.readyLine().replaceFirst(".* p2p=(\\S+) .*", "$1");
  }

  private JsonObject indexed(String path) throws Exception {
    command("add", path);
    List<JsonObject> items = new ArrayList<>();
    TestNodes.command(
        data(),
        "info",
        JsonObject.of("paths", List.of(path)),
        new Reporter() {
          @Override
          public void item(JsonObject item) {
            items.add(item);
          }

          @Override
          public void report(long done, long total, String what) {}
        });
    return items.getFirst();
  }

  private JsonObject shared(String path) throws Exception {
    command("share", path);
    return indexed(path);
  }

  private void command(String name, String path) throws Exception {
    TestNodes.command(data(), name, JsonObject.of("paths", List.of(path), "closure", false));
  }

  private static Bytes gateway(Node node, String cid) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(node.url() + "/ipfs/" + cid)).build();
    HttpResponse<byte[]> response = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
    assertThat(response.statusCode()).isEqualTo(200);
    return Bytes.owning(response.body());
  }
}
