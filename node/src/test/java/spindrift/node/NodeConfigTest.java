package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.ConfigException;
import spindrift.node.NodeConfig.Uploaders;

/** A wrong setting is named, and never passed over. */
final class NodeConfigTest {
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
            """);
    assertThat(config.host()).isEqualTo("::1");
    assertThat(config.port()).isEqualTo(8080);
    assertThat(config.data()).as("beside the file").isEqualTo(folder.resolve("data"));
    assertThat(config.store()).isEqualTo("none");
    assertThat(config.uploads()).isEqualTo(Uploaders.ANYBODY);
    assertThat(config.signKey()).contains(Path.of("/etc/key"));
    assertThat(config.quota()).hasValue(50L << 30);
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
