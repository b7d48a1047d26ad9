package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.AbsentException;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;
import spindrift.base.JsonObject;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.node.NodeConfig.Uploaders;

/** A node starts, answers, and leaves nothing open behind it. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class NodeTest {
  @TempDir Path data;

  @Test
  void startsStopsAndStartsAgain() throws Exception {
    for (int i = 0; i < 2; i++) {
      Node node = TestNodes.start(data, "none");
      assertThat(node.readyLine())
          .startsWith("ready http=http://127.0.0.1:")
          .contains("data=" + data)
          .endsWith("store=none");
      assertThat(TestNodes.request("GET", node.url() + "/nix-cache-info").statusCode())
          .isEqualTo(200);
      assertThat(ControlClient.socketIn(data)).exists();
      assertThat(Files.getPosixFilePermissions(ControlClient.socketIn(data).getParent()))
          .isEqualTo(PosixFilePermissions.fromString("rwx------"));
      String url = node.url();
      node.close();
      node.close();
      node.awaitStop();
      assertThat(ControlClient.socketIn(data)).doesNotExist();
      assertThat(ControlClient.connect(data)).isEmpty();
      assertThatThrownBy(() -> TestNodes.request("GET", url)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void twoNodesDoNotShareADataDirectory() throws Exception {
    try (Node node = TestNodes.start(data, "none")) {
      assertThatThrownBy(() -> TestNodes.start(data, "none"))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("in use by process " + ProcessHandle.current().pid());
      assertThat(TestNodes.request("GET", node.url() + "/nix-cache-info").statusCode())
          .as("the first goes on")
          .isEqualTo(200);
      assertThat(TestNodes.command(data, "status", JsonObject.EMPTY).whole("records")).isZero();
    }
  }

  @Test
  void twoProcessesDoNotShareADataDirectory() throws Exception {
    try (Victim other = Victim.start(data, "none")) {
      assertThat(other.url()).isNotEmpty();
      assertThatThrownBy(() -> TestNodes.start(data, "none"))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("in use by process");
    }
    assertThat(ControlClient.connect(data)).as("a socket that was left behind").isEmpty();
    TestNodes.start(data, "none").close();
  }

  @Test
  void saysThatAPortIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String listen = "127.0.0.1:" + taken.getLocalPort();
      NodeConfig config = TestNodes.config(data, "none", Uploaders.ANYBODY).withListen(listen);
      assertThatThrownBy(() -> Node.start(config))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining(listen);
    }
    TestNodes.start(data, "none").close();
  }

  @Test
  void saysWhatItCannotOpen() throws Exception {
    NodeConfig config = TestNodes.config(data, "none", Uploaders.ANYBODY);
    Path file = Files.writeString(data.resolve("file"), "no key");
    assertThatThrownBy(() -> Node.start(config.withData(file)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("data");
    assertThatThrownBy(() -> Node.start(config.withStore("/does/not/exist")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("/does/not/exist");
    assertThatThrownBy(() -> Node.start(config.withSignKey(file)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("sign-key")
        .hasMessageNotContaining("no key");
    assertThatThrownBy(() -> Node.start(config.withSignKey(data.resolve("absent"))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("absent");
    Path key = Files.writeString(data.resolve("key"), SecretKey.generate("n-1").renderSecret());
    Node.start(config.withSignKey(key)).close();
  }

  @Test
  void theTokenIsTheOwnersAndStays() throws Exception {
    NodeConfig config = TestNodes.config(data, "none", Uploaders.WITH_TOKEN);
    String token;
    try (Node node = Node.start(config)) {
      token = Files.readString(data.resolve("token"));
      assertThat(token.strip()).hasSize(32);
      assertThat(Files.getPosixFilePermissions(data.resolve("token")))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
      assertThat(Pushed.object(1, 1000).push(node.url())).isEqualTo(401);
    }
    Node.start(config).close();
    assertThat(Files.readString(data.resolve("token"))).isEqualTo(token);
  }

  @Test
  void answersCommandsAndTellsFaultsApart() throws Exception {
    Pushed object = Pushed.object(7, 50_000);
    String path = object.info().path().in(StoreDir.DEFAULT);
    try (Node node = TestNodes.start(data, "none")) {
      assertThat(object.push(node.url())).isEqualTo(200);
      assertThat(TestNodes.command(data, "pin", paths(path)).whole("pinned")).isEqualTo(1);
      JsonObject status = TestNodes.command(data, "status", JsonObject.EMPTY);
      assertThat(status.whole("records")).isEqualTo(1);
      assertThat(status.whole("pinned")).isEqualTo(1);
      assertThat(status.object("node").text("http")).isEqualTo(node.url());
      assertThat(items("ls", JsonObject.of("pattern", "obj*"))).hasSize(1);
      assertThat(items("ls", JsonObject.of("pattern", "other"))).isEmpty();
      assertThat(items("info", paths(path)).getFirst().text("narHash"))
          .isEqualTo(object.info().narHash().toString());

      String absent = "/nix/store/" + "z".repeat(32) + "-absent";
      assertThatThrownBy(() -> TestNodes.command(data, "info", paths(absent)))
          .isInstanceOf(AbsentException.class)
          .hasMessageContaining(absent);
      assertThatThrownBy(() -> TestNodes.command(data, "add", paths(path)))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("--store");
      assertThatThrownBy(() -> TestNodes.command(data, "pin", paths("nonsense")))
          .isInstanceOf(ConfigException.class);
      assertThatThrownBy(() -> TestNodes.command(data, "frobnicate", JsonObject.EMPTY))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("frobnicate");
      assertThatThrownBy(() -> TestNodes.command(data, "pin", JsonObject.EMPTY))
          .as("without its argument")
          .isInstanceOf(Exception.class)
          .hasMessageContaining("paths");
    }
  }

  @Test
  void handsANarOver() throws Exception {
    Pushed object = Pushed.object(8, 300_000);
    try (Node node = TestNodes.start(data, "none")) {
      object.push(node.url());
      try (ControlClient client = ControlClient.connect(data).orElseThrow()) {
        JsonObject result =
            client.run(
                Operations.NAR,
                JsonObject.of("path", object.info().path().baseName()),
                TestNodes.SILENT);
        assertThat(result.whole("narSize")).isEqualTo(object.nar().size());
        assertThat(Bytes.owning(client.bytes().readAllBytes())).isEqualTo(object.nar());
      }
    }
  }

  @Test
  void aNarThatCannotBeReadEndsEarly() throws Exception {
    Pushed object = Pushed.object(9, 300_000);
    try (Node node = TestNodes.start(data, "none")) {
      object.push(node.url());
    }
    try (var packs = Files.list(data.resolve("blocks/packs"))) {
      Path pack = packs.findFirst().orElseThrow();
      byte[] content = Files.readAllBytes(pack);
      content[content.length / 2] ^= 1;
      Files.write(pack, content);
    }
    try (Node node = TestNodes.start(data, "none");
        ControlClient client = ControlClient.connect(data).orElseThrow()) {
      assertThat(node.url()).isNotEmpty();
      JsonObject path = JsonObject.of("path", object.info().path().baseName());
      assertThatThrownBy(
              () -> {
                JsonObject result = client.run(Operations.NAR, path, TestNodes.SILENT);
                byte[] bytes = client.bytes().readAllBytes();
                if (bytes.length < result.whole("narSize")) {
                  throw new IOException("early end");
                }
              })
          .isInstanceOf(Exception.class);
    }
  }

  @Test
  void nonsenseOnTheControlSocketIsAnswered() throws Exception {
    try (Node node = TestNodes.start(data, "none")) {
      for (String line : List.of("nonsense", "{}", "{\"command\": 1}", "[]", "")) {
        try (SocketChannel raw = SocketChannel.open(StandardProtocolFamily.UNIX)) {
          raw.connect(UnixDomainSocketAddress.of(ControlClient.socketIn(data)));
          raw.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
          ByteBuffer answer = ByteBuffer.allocate(1000);
          raw.read(answer);
          assertThat(new String(answer.array(), StandardCharsets.UTF_8)).contains("\"error\"");
        }
      }
      assertThat(node.url()).isNotEmpty();
    }
  }

  @Test
  void anIdleCommandDoesNotKeepTheNode() throws Exception {
    Node node = TestNodes.start(data, "none");
    try (SocketChannel idle = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      idle.connect(UnixDomainSocketAddress.of(ControlClient.socketIn(data)));
      long before = System.nanoTime();
      node.close();
      assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(8));
    }
  }

  @Test
  void commandsWorkTheSameWithoutANode() throws Exception {
    Pushed object = Pushed.object(10, 1000);
    try (Node node = TestNodes.start(data, "none")) {
      object.push(node.url());
    }
    NodeConfig config = TestNodes.config(data, "none", Uploaders.ANYBODY);
    try (DataDirectory directory = DataDirectory.open(config)) {
      Operations operations = new Operations(directory, config.quota());
      JsonObject status = operations.run("status", JsonObject.EMPTY, TestNodes.SILENT);
      assertThat(status.whole("records")).isEqualTo(1);
      Operations.Nar nar = operations.nar(JsonObject.of("path", object.info().path().hashPart()));
      nar.bytes().writeTo(ByteTarget.of(OutputStream.nullOutputStream()), 0, nar.bytes().size());
    }
  }

  private static JsonObject paths(String path) {
    return JsonObject.of("paths", List.of(path));
  }

  private List<JsonObject> items(String command, JsonObject arguments) throws Exception {
    return TestNodes.items(data, command, arguments);
  }
}
