package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.ConfigException;
import spindrift.nix.PublicKey;
import spindrift.nix.SecretKey;
import spindrift.node.NodeConfig.Uploaders;
import spindrift.node.PeerSettings.Discovery;
import spindrift.p2p.Multiaddr;
import spindrift.upstream.UpstreamAccess;

/** A wrong setting is named, and never passed over. */
final class NodeConfigTest {
  private static final String KEY = SecretKey.generate("example-1").publicKey().render();

  @TempDir Path folder;

  @Test
  void readsEverySetting() throws Exception {
    NodeConfig config =
        read(
            """
            listen = "[::1]:8080"
            data = "data"
            store = "none"
            writable = true
            sign-key = "/etc/key"
            quota = "50G"
            [p2p]
            listen = ["/ip4/127.0.0.1/tcp/0", "/ip6/::1/tcp/4001"]
            peers = ["/dns/other.example.org/tcp/7746"]
            mdns = false
            upload-limit = "10M"
            [trust]
            keys = ["%s"]
            defaults = false
            [share]
            keys = "%s"
            """
                .formatted(KEY, KEY));
    assertThat(config.host()).isEqualTo("::1");
    assertThat(config.port()).isEqualTo(8080);
    assertThat(config.data()).as("beside the file").isEqualTo(folder.resolve("data"));
    assertThat(config.store()).isEqualTo("none");
    assertThat(config.uploads()).isEqualTo(Uploaders.ANYBODY);
    assertThat(config.signKey()).contains(Path.of("/etc/key"));
    assertThat(config.quota()).hasValue(50L << 30);
    assertThat(config.peers().listening())
        .isEqualTo(
            new PeerSettings.At(
                List.of(
                    Multiaddr.parse("/ip4/127.0.0.1/tcp/0"),
                    Multiaddr.parse("/ip6/::1/tcp/4001"))));
    assertThat(config.peers().peers())
        .containsExactly(Multiaddr.parse("/dns/other.example.org/tcp/7746"));
    assertThat(config.peers().discovery()).isEqualTo(Discovery.OFF);
    assertThat(config.peers().uploadLimit()).hasValue(10L << 20);
    PublicKey key = PublicKey.parse(KEY);
    List<PublicKey> usual = List.of(KeySettings.nixosCache());
    assertThat(config.trust().all(() -> usual)).containsExactly(key);
    assertThat(config.share().all(() -> usual)).containsExactly(KeySettings.nixosCache(), key);
  }

  @Test
  void peersCanBeSwitchedOff() throws Exception {
    assertThat(read("p2p.listen = \"none\"").peers().listening())
        .isInstanceOf(PeerSettings.Off.class);
    assertThat(read("p2p.listen = [\"none\"]").peers().listening())
        .isInstanceOf(PeerSettings.Off.class);
    assertThat(NodeConfig.defaults().peers().listening()).isInstanceOf(PeerSettings.Anywhere.class);
  }

  private static List<String> names(NodeConfig config) {
    return config.upstreams().listed().stream().map(one -> one.access().url().name()).toList();
  }

  @Test
  void readsUpstreamsAsUrlsOrTables() throws Exception {
    assertThat(names(NodeConfig.defaults())).containsExactly("https://cache.nixos.org");
    NodeConfig config =
        read(
            """
            gateways = ["https://ipfs.example.org/"]
            ca-file = "ca.pem"
            [[upstreams]]
            url = "https://u:secret@cache.example.org/nix/?priority=10"
            [[upstreams]]
            url = "http://192.0.2.1:8080"
            priority = 30
            netrc = "/etc/netrc"
            bearer-token-file = "token"
            tls-certificate = "client.pem"
            tls-private-key = "client.key"
            keys = ["a:b"]
            """);
    assertThat(names(config))
        .containsExactly("https://cache.example.org/nix", "http://192.0.2.1:8080");
    UpstreamAccess first = config.upstreams().listed().getFirst().access();
    assertThat(first.url().priority()).hasValue(10);
    assertThat(first.toString()).doesNotContain("secret");
    UpstreamAccess second = config.upstreams().listed().getLast().access();
    assertThat(second.priority()).hasValue(30);
    assertThat(second.netrc()).contains(Path.of("/etc/netrc"));
    assertThat(second.bearerTokenFile()).as("beside").contains(folder.resolve("token"));
    assertThat(second.certificate()).contains(folder.resolve("client.pem"));
    assertThat(second.privateKey()).contains(folder.resolve("client.key"));
    assertThat(config.upstreams().listed().getLast().keys()).containsExactly("a:b");
    assertThat(config.upstreams().gateways())
        .containsExactly(URI.create("https://ipfs.example.org"));
    assertThat(config.upstreams().caFile()).contains(folder.resolve("ca.pem"));
  }

  @Test
  void namedUpstreamsReplaceTheUsualOne() throws Exception {
    NodeConfig file = read("upstreams = [\"https://a.example\", {url = \"file:///b\"}]");
    assertThat(names(file)).containsExactly("https://a.example", "file:///b");
    assertThat(names(file.withMoreUpstreams(List.of("/c")))).hasSize(3).endsWith("file:///c");
    assertThat(names(file.withMoreUpstreams(List.of()))).hasSize(2);
    assertThat(names(file.withMoreUpstreams(List.of("none")))).isEmpty();
    assertThat(names(read("upstreams = \"none\""))).isEmpty();
    assertThat(names(read("upstreams = \"none\"").withMoreUpstreams(List.of("/c")))).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "upstreams = [1]",
        "upstreams = 1",
        "upstreams = \"cache.nixos.org\"",
        "upstreams = \"s3://bucket\"",
        "upstreams = \"https://\"",
        "upstreams = \"https://a.example?trusted=true\"",
        "upstreams = \"https://a.example?priority=high\"",
        "upstreams = \"https://a.example?prio=1\"",
        "upstreams = \"file://host/folder\"",
        "upstreams = [\"https://a.example\", \"https://a.example/\"]",
        "upstreams = [\"https://a.example\", \"none\"]",
        "[[upstreams]]\nkeys = [\"a:b\"]",
        "[[upstreams]]\nurl = \"https://a.example\"\nkey = \"a:b\"",
        "[[upstreams]]\nurl = \"https://a.example\"\npriority = -1",
        "[[upstreams]]\nurl = \"https://a.example\"\npriority = \"1\"",
        "[[upstreams]]\nurl = \"https://a.example\"\ntls-private-key = \"a\"",
        "[upstreams]\nurl = \"https://a.example\"",
        "gateways = \"/ip4/127.0.0.1\"",
        "gateways = \"https://user:secret@a.example\"",
      })
  void refusesUpstreamsThatCannotBeUsed(String toml) {
    assertThatThrownBy(() -> read(toml))
        .isInstanceOf(ConfigException.class)
        .message()
        .containsAnyOf("upstreams", "gateways")
        .doesNotContain("secret");
  }

  @Test
  void optionsAddPeersAndKeysToThoseOfTheFile() throws Exception {
    NodeConfig config =
        read("p2p.peers = [\"/ip4/192.0.2.1/tcp/1\"]\nshare.keys = [\"" + KEY + "\"]")
            .withMorePeers(List.of("/ip4/192.0.2.2/tcp/2"))
            .withMoreShareKeys(List.of(KEY));
    assertThat(config.peers().peers()).hasSize(2);
    assertThat(config.share().all(List::of)).as("each once").hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "p2p.listen = []",
        "p2p.listen = [\"none\", \"/ip4/127.0.0.1/tcp/0\"]",
        "p2p.listen = [\"0.0.0.0:7746\"]",
        "p2p.listen = [\"/dns/localhost/tcp/7746\"]",
        "p2p.listen = [\"/ip4/127.0.0.1/udp/7746\"]",
        "p2p.listen = [\"/ip4/127.0.0.1/tcp/70000\"]",
        "p2p.peers = [\"192.0.2.1\"]",
        "p2p.peers = [\"/ip4/192.0.2.1/udp/1/quic-v1\"]",
        "p2p.peers = [\"/ip4/192.0.2.1/tcp/0\"]",
        "p2p.upload-limit = \"fast\"",
        "p2p.upload-limit = 0",
        "trust.keys = [\"nonsense\"]",
        "share.keys = [\"name:tooshort\"]",
      })
  void namesTheSettingOfPeersThatCannotBeUsed(String toml) {
    assertThatThrownBy(() -> read(toml))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(toml.substring(0, toml.indexOf(' ')))
        .hasMessageContaining("want");
  }

  @Test
  void aSecretKeyInTheWrongPlaceIsNotQuoted() {
    String secret = SecretKey.generate("n-1").renderSecret();
    assertThatThrownBy(() -> NodeConfig.defaults().withMoreTrustedKeys(List.of(secret)))
        .isInstanceOf(ConfigException.class)
        .hasMessageNotContaining(secret.substring(4, 40));
  }

  @Test
  void whatIsNotSaidStays() throws Exception {
    assertThat(read("")).isEqualTo(NodeConfig.defaults());
    assertThat(read("writable = false").uploads()).isEqualTo(Uploaders.WITH_TOKEN);
    assertThat(read("quota = 1000").quota()).hasValue(1000);
  }

  @Test
  void refusesUnknownKeys() {
    assertThatThrownBy(() -> read("lisden = \"127.0.0.1:1\""))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("lisden")
        .hasMessageContaining("listen");
    assertThatThrownBy(() -> read("[node]\nlisten = \"127.0.0.1:1\""))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("node");
    assertThatThrownBy(() -> read("p2p.mnds = true"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("p2p.mnds")
        .hasMessageContaining("did you mean p2p.mdns?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "listen = 7745",
        "data = true",
        "store = [\"auto\"]",
        "writable = \"yes\"",
        "sign-key = 1",
        "quota = true",
        "quota = -1",
        "quota = 1.5",
        "quota = [1]",
        "[listen]\na = 1",
        "p2p = 1",
        "p2p.listen = 7746",
        "p2p.peers = [1]",
        "p2p.mdns = \"yes\"",
        "p2p.upload-limit = true",
        "[[share]]\nkeys = []",
        "listen = ",
        "listen = \"a:1\"\nlisten = \"b:1\"",
      })
  void refusesWrongTypes(String toml) {
    assertThatThrownBy(() -> read(toml)).isInstanceOf(ConfigException.class);
  }

  @Test
  void namesAFileThatIsNotThere() {
    Path absent = folder.resolve("absent.toml");
    assertThatThrownBy(() -> NodeConfig.defaults().withFile(absent))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("absent.toml");
    assertThatThrownBy(() -> NodeConfig.defaults().withFile(folder))
        .as("a folder")
        .isInstanceOf(ConfigException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"7745", ":7745", "host", "host:", "host:x", "host:65536", "host:-1", "::1:80", ""})
  void refusesWhatIsNoAddress(String listen) {
    assertThatThrownBy(() -> NodeConfig.defaults().withListen(listen))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("HOST:PORT");
  }

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "1000,1000",
    "1K,1024",
    "2k,2048",
    "500M,524288000",
    "3 GiB,3221225472",
    "1GB,1073741824",
    "1T,1099511627776",
    "7b,7"
  })
  void readsSizes(String text, long bytes) throws Exception {
    assertThat(Size.parse("quota", text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "G", "-1", "1.5G", "1P", "99999999999T", "1 G G", "0x10"})
  void refusesWhatIsNoSize(String text) {
    assertThatThrownBy(() -> Size.parse("quota", text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("quota");
  }

  @Test
  void findsTheDataDirectoryOfTheUser() {
    assertThat(NodeConfig.defaultData(Map.of("SPINDRIFT_DATA", "/d", "XDG_DATA_HOME", "/x"), "me"))
        .isEqualTo(Path.of("/d"));
    assertThat(NodeConfig.defaultData(Map.of("XDG_DATA_HOME", "/x"), "me"))
        .isEqualTo(Path.of("/x/spindrift"));
    assertThat(NodeConfig.defaultData(Map.of(), "root")).isEqualTo(Path.of("/var/lib/spindrift"));
    assertThat(NodeConfig.defaultData(Map.of(), "me").toString())
        .endsWith("/.local/share/spindrift");
  }

  private NodeConfig read(String toml) throws Exception {
    return NodeConfig.defaults().withFile(Files.writeString(folder.resolve("node.toml"), toml));
  }
}
