package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.exchange.Bitswap;
import spindrift.exchange.BitswapSettings;
import spindrift.exchange.FetchSession;
import spindrift.exchange.SharedBlocks;
import spindrift.ipld.Cid;
import spindrift.nix.SecretKey;
import spindrift.node.NodeConfig.Uploaders;
import spindrift.node.PeerSettings.Discovery;
import spindrift.p2p.Host;
import spindrift.p2p.HostSettings;
import spindrift.p2p.Identity;
import spindrift.p2p.Multiaddr;
import spindrift.p2p.PeerId;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/** Two nodes with real Nix stores: one substitutes from the other what is public, and no more. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class PeersTest {
  private static final SharedBlocks NOTHING =
      new SharedBlocks() {
        @Override
        public OptionalInt size(Cid cid) {
          return OptionalInt.empty();
        }

        @Override
        public Optional<Bytes> read(Cid cid) {
          return Optional.empty();
        }
      };

  @TempDir(factory = InMemory.class)
  Path scratch;

  private final SecretKey key = SecretKey.generate("builder-1");
  private final List<AutoCloseable> opened = new ArrayList<>();
  private NixClient owner;
  private NixClient other;
  private Closures closure;
  private Node first;
  private Node second;

  @BeforeEach
  void startNodes() throws Exception {
    assumeThat(RealNix.newest()).as("a real Nix: tools/real-nix.sh install").isPresent();
    RealNix nix = RealNix.newest().orElseThrow();
    owner = nix.client(scratch.resolve("owner"));
    other = nix.client(scratch.resolve("other"));
    other.run("nix-store", "--init");
    closure = Closures.small(owner);
    String publicKey = key.publicKey().render();
    first = start("first", owner, config("first", owner).withMoreShareKeys(List.of(publicKey)));
    second =
        start(
            "second",
            other,
            config("second", other)
                .withMoreTrustedKeys(List.of(publicKey))
                .withMorePeers(List.of(first.p2pAddress())));
    other.with("substituters", second.url());
    other.with("trusted-public-keys", publicKey);
    other.with("require-sigs", "true");
    await("connected", () -> !peers("second").isEmpty() && !peers("first").isEmpty());
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  @Test
  void nixSubstitutesAClosureFromAnotherMachine() throws Exception {
    sign(closure.root());
    other.run("nix-store", "-r", closure.root());
    assertThat(Closures.hashes(other, other.storeUri(), closure.roots()))
        .isEqualTo(closure.hashes());
    other.run("nix-store", "--verify", "--check-contents");

    JsonObject got = peers("second").getFirst();
    assertThat(got.text("peer")).isEqualTo(id("first"));
    assertThat(got.text("direction")).isEqualTo("outbound");
    assertThat(got.text("agent")).startsWith("spindrift/");
    assertThat(got.whole("blocksIn")).isPositive();
    assertThat(got.whole("bytesIn")).isGreaterThan(400_000);
    assertThat(peers("first").getFirst().whole("blocksOut")).isEqualTo(got.whole("blocksIn"));

    List<JsonObject> transfers = transfers("second");
    assertThat(transfers).hasSize(closure.hashes().size());
    JsonObject transfer = transfers.getFirst();
    assertThat(transfer.text("state")).isEqualTo("done");
    assertThat(transfer.whole("doneBytes")).isEqualTo(transfer.whole("narBytes"));
  }

  @Test
  void whatIsPrivateDoesNotCross() throws Exception {
    sign(closure.root());
    String secret = add("secret", "nobody's business");
    assertThat(status("first", secret)).as("on its own machine").isEqualTo(200);
    assertThat(status("second", secret)).isEqualTo(404);
    assertThat(info("first", secret).truth("public")).isFalse();
    assertThat(info("first", closure.root()).truth("public")).isTrue();
    assertThat(info("first", closure.root()).text("publicBecause")).contains("builder-1");
  }

  @Test
  void whatIsSharedByNameCrossesUntilItIsUnshared() throws Exception {
    String note = add("note", "for all");
    assertThat(command("first", "share", paths(note)).whole("shared")).isEqualTo(1);
    assertThat(info("first", note).truth("public")).isTrue();
    await("shared", () -> status("second", note) == 200);
    other.with("require-sigs", "false").run("nix-store", "-r", note);

    String again = add("again", "for some time");
    command("first", "share", paths(again));
    assertThat(command("first", "unshare", paths(again)).whole("unshared")).isEqualTo(1);
    assertThat(info("first", again).truth("public")).isFalse();
    assertThat(status("second", again)).isEqualTo(404);
  }

  @Test
  void whatPeersWaitForIsSentWhenItIsShared() throws Exception {
    String note = add("note", "somebody waits for it");
    command("first", "add", paths(note));
    Cid tree = Cid.parse(info("first", note).text("treeCid"));
    Multiaddr address = Multiaddr.parse(first.p2pAddress());
    // Who waits asks once, and not again for hours.
    BitswapSettings patient = new BitswapSettings(16, 1 << 20, Duration.ofHours(4));
    Multiaddr anywhere = Multiaddr.parse("/ip4/127.0.0.1/tcp/0");
    try (Host host =
            Host.start(Identity.generate(), HostSettings.defaults(List.of(anywhere), "waits"));
        Bitswap bitswap = Bitswap.start(host, NOTHING, patient)) {
      PeerId owner = host.connect(address, Duration.ofSeconds(20));
      try (FetchSession session = bitswap.session(List.of(owner))) {
        // Twice, so that it is wanted still when the first time was in vain.
        session.expect(List.of(tree, tree));
        assertThatThrownBy(() -> session.load(tree)).isInstanceOf(AbsentException.class);
        command("first", "share", paths(note));
        await("it is sent", () -> session.holds(tree));
      }
    }
  }

  @Test
  void aClosureIsSharedWhole() throws Exception {
    JsonObject arguments = paths(closure.root()).with("closure", true);
    assertThat(command("first", "share", arguments).whole("shared"))
        .isEqualTo(closure.hashes().size());
    for (String path : closure.hashes().keySet()) {
      assertThat(info("first", path).truth("public")).as("%s", path).isTrue();
    }
    assertThatThrownBy(() -> command("second", "share", arguments))
        .as("where it is not known what it refers to")
        .isInstanceOf(AbsentException.class)
        .hasMessageContaining(closure.root());
  }

  @Test
  void aPathThatNixBuildsLaterIsSharedWithoutARestart() throws Exception {
    String late = add("late", "came after the node");
    sign(late);
    await("seen", () -> status("second", late) == 200);
  }

  @Test
  void peersComeAndGoByCommand() throws Exception {
    String address = second.p2pAddress();
    command("second", "peer-disconnect", JsonObject.of("peer", id("first")));
    await("dialled again, since it was named", () -> !peers("second").isEmpty());
    assertThat(command("first", "peer-connect", JsonObject.of("address", address)).text("peer"))
        .isEqualTo(id("second"));
    String end = id("second").substring(id("second").length() - 8);
    command("first", "peer-ban", JsonObject.of("peer", end));
    assertThat(peers("first")).isEmpty();
    assertThatThrownBy(() -> command("first", "peer-disconnect", JsonObject.of("peer", end)))
        .isInstanceOf(AbsentException.class)
        .hasMessageContaining("spindrift peers");
    assertThatThrownBy(
            () -> command("first", "peer-connect", JsonObject.of("address", "/ip4/127.0.0.1")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("such as /ip4/");
  }

  @Test
  void aNodeKeepsItsNameOverRestarts() throws Exception {
    JsonObject before = command("first", "id", JsonObject.EMPTY);
    assertThat(before.items("addresses")).contains(new JsonValue.Text(first.p2pAddress()));
    assertThat(first.readyLine()).contains(" p2p=" + first.p2pAddress() + " ");
    first.close();
    try (DataDirectory data = DataDirectory.open(config("first", owner))) {
      Operations offline = new Operations(data, OptionalLong.empty());
      JsonObject after = offline.run("id", JsonObject.EMPTY, TestNodes.SILENT);
      assertThat(after.text("peer")).isEqualTo(before.text("peer"));
      assertThat(after.text("cid")).isEqualTo(before.text("cid")).startsWith("k");
      assertThat(after.items("addresses")).isEmpty();
      assertThatThrownBy(() -> offline.run("peers", JsonObject.EMPTY, TestNodes.SILENT))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("'spindrift up'");
    }
  }

  private NodeConfig config(String name, NixClient nix) throws Exception {
    return TestNodes.config(data(name), nix.root().toString(), Uploaders.WITH_TOKEN)
        .withP2pListen(List.of("/ip4/127.0.0.1/tcp/0"))
        .withDiscovery(Discovery.OFF);
  }

  private Node start(String name, NixClient nix, NodeConfig config) throws Exception {
    Node node = Node.start(config);
    opened.add(node);
    assertThat(node.readyLine()).contains(data(name).toString(), nix.root().toString());
    return node;
  }

  private Path data(String name) {
    return scratch.resolve("data-" + name);
  }

  private String add(String name, String text) throws Exception {
    Path file = Files.writeString(scratch.resolve(name), text);
    return owner.run("nix-store", "--add", file.toString()).line();
  }

  /** With the closure. */
  private void sign(String path) throws Exception {
    Path file = Files.writeString(scratch.resolve("key"), key.renderSecret());
    owner.run("nix", "store", "sign", "--key-file", file.toString(), "--recursive", path);
  }

  private int status(String name, String path) throws Exception {
    String url = (name.equals("first") ? first : second).url();
    String hashPart = path.substring("/nix/store/".length()).substring(0, 32);
    return TestNodes.request("GET", url + "/" + hashPart + ".narinfo").statusCode();
  }

  private JsonObject command(String name, String command, JsonObject arguments) throws Exception {
    return TestNodes.command(data(name), command, arguments);
  }

  private List<JsonObject> items(String name, String command, JsonObject arguments)
      throws Exception {
    return TestNodes.items(data(name), command, arguments);
  }

  private List<JsonObject> peers(String name) throws Exception {
    return items(name, "peers", JsonObject.EMPTY);
  }

  private JsonObject info(String name, String path) throws Exception {
    return items(name, "info", paths(path)).getFirst();
  }

  private List<JsonObject> transfers(String name) throws Exception {
    List<JsonObject> transfers = new ArrayList<>();
    for (JsonValue one : command(name, "status", JsonObject.EMPTY).items("transfers")) {
      transfers.add(Json.asObject(one));
    }
    return transfers;
  }

  private String id(String name) throws Exception {
    return command(name, "id", JsonObject.EMPTY).text("peer");
  }

  private static JsonObject paths(String path) {
    return JsonObject.of("paths", List.of(path));
  }

  /** Waits for something that comes about by itself; the test's own limit ends it. */
  private static void await(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("%s in time", what).isLessThan(deadline);
      LockSupport.parkNanos(20_000_000);
    }
  }
}
