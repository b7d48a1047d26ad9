package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.node.Node;
import spindrift.node.NodeConfig;
import spindrift.node.PeerSettings;

/** What a person sees of two nodes that know each other. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PeerCommandsTest {
  @TempDir private Path folder;
  private final List<Node> nodes = new ArrayList<>();

  @BeforeEach
  void startNodes() throws Exception {
    for (String name : List.of("first", "second")) {
      nodes.add(
          Node.start(
              NodeConfig.defaults()
                  .withListen("127.0.0.1:0")
                  .withMoreUpstreams(List.of("none"))
                  .withData(folder.resolve(name))
                  .withStore("none")
                  .withP2pListen(List.of("/ip4/127.0.0.1/tcp/0"))
                  .withDiscovery(PeerSettings.Discovery.OFF)));
    }
  }

  @AfterEach
  void stopNodes() throws Exception {
    for (Node node : nodes) {
      node.close();
    }
  }

  @Test
  void showsNobodyWhereNobodyIs() throws Exception {
    Ran ran = second("peers");
    assertThat(ran.status()).isEqualTo(ExitCode.DONE);
    assertThat(ran.text()).isEmpty();
    assertThat(ran.err()).contains("'spindrift peer connect MULTIADDR'").hasLineCount(1);
    assertThat(second("peers", "--json").expectSuccess().json().whole("peers")).isZero();
    assertThat(second("status").expectSuccess().text()).containsPattern("peers +0\n");
  }

  @Test
  void showsWhoIsThere() throws Exception {
    String id = idOfFirst();
    assertThat(second("peer", "connect", address()).expectSuccess().text())
        .isEqualTo("connected with " + id + " (" + agent() + ")\n");
    String table = second("peers").expectSuccess().text();
    assertThat(table.lines())
        .hasSize(2)
        .first()
        .asString()
        .matches("PEER +ADDRESS +DIR +RTT +IN/S +OUT/S +IN +OUT +BLOCKS +SCORE +AGENT");
    assertThat(table)
        .containsPattern(
            id.substring(id.length() - 8)
                + "  127\\.0\\.0\\.1:\\d+  out  +(?:-|\\S+ [µm]?s) +0 B +0 B +\\d+ B +\\d+ B +0/0"
                + " +0  spindrift/");
    assertThat(second("peers", "--wide").expectSuccess().text())
        .contains(id)
        .containsPattern("/ip4/127\\.0\\.0\\.1/tcp/\\d+  out");
    JsonObject peer =
        Json.asObject(second("peers", "--json").expectSuccess().json().items("items").getFirst());
    assertThat(peer.text("peer")).isEqualTo(id);
    assertThat(peer.items("protocols")).isNotEmpty();
    assertThat(second("status").expectSuccess().text()).containsPattern("peers +1\n");
  }

  @Test
  void partsFromPeersByTheEndOfTheirNames() throws Exception {
    String id = idOfFirst();
    String end = id.substring(id.length() - 8);
    second("peer", "connect", address()).expectSuccess();
    assertThat(second("peer", "disconnect", end).expectSuccess().text())
        .isEqualTo("disconnected from " + id + "\n");
    Ran gone = second("peer", "disconnect", end);
    assertThat(gone.status()).isEqualTo(ExitCode.ABSENT);
    assertThat(gone.err()).contains(end, "'spindrift peers'").hasLineCount(1);
    assertThat(second("peer", "ban", id).expectSuccess().text())
        .isEqualTo("banned " + id + " for 24 h 00 min\n");
    Ran banned = second("peer", "connect", address());
    assertThat(banned.status()).isEqualTo(ExitCode.FAILED);
    assertThat(banned.err()).contains("banned").hasLineCount(1);
  }

  @Test
  void saysWhatIsWrongWithAnAddress() throws Exception {
    Ran nobody = second("peer", "connect", "/ip4/127.0.0.1/tcp/1");
    assertThat(nobody.status()).isEqualTo(ExitCode.FAILED);
    assertThat(nobody.err()).contains("/ip4/127.0.0.1/tcp/1", "'spindrift id'").hasLineCount(1);
    for (String address : List.of("127.0.0.1:7746", "/ip4/127.0.0.1/udp/1", "/ip4/127.0.0.1")) {
      Ran wrong = second("peer", "connect", address);
      assertThat(wrong.status()).isEqualTo(ExitCode.USAGE);
      assertThat(wrong.err()).contains(address, "such as /ip4/").hasLineCount(1);
    }
  }

  @Test
  void saysWhereItIs() throws Exception {
    assertThat(Ran.spindrift("id", "--data", folder + "/first").expectSuccess().text())
        .contains(address());
  }

  private String address() {
    return nodes.getFirst().p2pAddress();
  }

  private String idOfFirst() throws Exception {
    return Ran.spindrift("id", "--json", "--data", folder + "/first").json().text("peer");
  }

  private String agent() throws Exception {
    JsonObject peers = second("peers", "--json").expectSuccess().json();
    return Json.asObject(peers.items("items").getFirst()).text("agent");
  }

  private Ran second(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data", folder + "/second"));
    return Ran.spindrift(all);
  }
}
