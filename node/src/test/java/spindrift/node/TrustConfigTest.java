package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;
import spindrift.catalog.Testimony;
import spindrift.catalog.TrustPolicy;
import spindrift.catalog.TrustRule;
import spindrift.catalog.Verdict;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/** Trust is read as it is written, and what would trust nobody or too many is an error. */
final class TrustConfigTest {
  private static final SecretKey A = SecretKey.generate("a-1");
  private static final SecretKey B = SecretKey.generate("b-1");
  private static final String CACHE = "https://cache.example.org";

  @TempDir Path folder;

  @Test
  void readsRules() throws Exception {
    NodeConfig config =
        read(
            """
            [trust]
            keys = ["KEY-A", "KEY-B"]
            defaults = false
            quorum = 2
            [[trust.rule]]
            paths = "*-source"
            quorum = 1
            [[trust.rule]]
            upstream = "https://cache.example.org/"
            keys = "KEY-B"
            quorum = 1
            accept = "signed"
            """);
    assertThat(config.rules().quorum()).isEqualTo(2);
    assertThat(config.rules().rules())
        .extracting(TrustRule::name)
        .containsExactly("trust.rule 1", "trust.rule 2");
    TrustPolicy policy = policy(config, Map.of());
    assertThat(accepts(policy, "peer", "hello", A, B)).isTrue();
    assertThat(accepts(policy, "peer", "hello", A)).isFalse();
    assertThat(accepts(policy, "peer", "hello-source", A)).isTrue();
    assertThat(accepts(policy, CACHE, "hello", A)).isFalse();
    assertThat(accepts(policy, CACHE, "hello", B)).isTrue();
  }

  @Test
  void takesTheKeysOfUpstreams() throws Exception {
    NodeConfig config = read("trust.keys = \"KEY-A\"\ntrust.defaults = false\n");
    TrustPolicy policy = policy(config, Map.of(CACHE, List.of(B.publicKey().render())));
    assertThat(accepts(policy, CACHE, "hello", B)).isTrue();
    assertThat(accepts(policy, CACHE, "hello", A)).isFalse();
    assertThat(accepts(policy, "peer", "hello", B)).isFalse();
    TrustPolicy usual = policy(config, Map.of(CACHE, List.of()));
    assertThat(accepts(usual, CACHE, "hello", A)).isTrue();
    assertThatThrownBy(() -> policy(config, Map.of(CACHE, List.of("nonsense"))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(CACHE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "paths = '*' ; qorum = 2              | trust.rule 1: unknown key qorum",
        "quorum = 2                           | trust.rule 1: wants 'paths' or 'upstream'",
        "paths = '[ab]*'                      | trust.rule 1 paths",
        "paths = ''                           | trust.rule 1 paths",
        "paths = 3                            | trust.rule 1:",
        "upstream = 'cache.example.org'       | trust.rule 1 upstream",
        "paths = '*' ; quorum = 0             | trust.rule 1 quorum",
        "paths = '*' ; quorum = -1            | trust.rule 1 quorum",
        "paths = '*' ; quorum = 1.5           | trust.rule 1 quorum",
        "paths = '*' ; quorum = 'two'         | trust.rule 1 quorum",
        "paths = '*' ; accept = 'all'         | trust.rule 1 accept",
        "paths = '*' ; keys = ['nonsense']    | trust.rule 1 keys",
        "paths = '*' ; keys = [1]             | trust.rule 1:",
      })
  void refusesRulesThatCannotBeMeant(String rule, String message) {
    String toml = "[[trust.rule]]\n" + rule.strip().replace(" ; ", "\n") + "\n";
    assertThatThrownBy(() -> read(toml))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message.strip());
  }

  @ParameterizedTest
  @CsvSource({"quorum = 0", "quorum = -2", "quorum = 'many'", "quorum = 1.5", "rule = 3"})
  void refusesOtherSettings(String setting) {
    assertThatThrownBy(() -> read("[trust]\n" + setting + "\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("trust");
  }

  @Test
  void refusesToAskForMoreKeysThanThereAre() throws Exception {
    String keys = "[trust]\ndefaults = false\nkeys = ['KEY-A', 'KEY-A', 'KEY-B']\n";
    assertThatCode(() -> policy(read(keys + "quorum = 2\n"), Map.of())).doesNotThrowAnyException();
    assertThatThrownBy(() -> policy(read(keys + "quorum = 3\n"), Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("trust.quorum: asks for 3 keys where only 2 count");
    String one = "[[trust.rule]]\npaths = '*'\nkeys = ['KEY-A']\n";
    assertThatThrownBy(() -> policy(read(keys + "quorum = 2\n" + one), Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("trust.rule 1: asks for 2 keys where only 1 count");
    assertThatCode(() -> policy(read(keys + one), Map.of())).doesNotThrowAnyException();
    NodeConfig config = read(keys).withQuorum("5");
    assertThatThrownBy(() -> Node.start(config.withData(folder.resolve("data")).withStore("none")))
        .isInstanceOf(ConfigException.class);
  }

  private NodeConfig read(String toml) throws Exception {
    Path file = folder.resolve("spindrift.toml");
    Files.writeString(
        file,
        toml.replace("KEY-A", A.publicKey().render()).replace("KEY-B", B.publicKey().render()));
    return NodeConfig.defaults().withFile(file);
  }

  private static TrustPolicy policy(NodeConfig config, Map<String, List<String>> upstreams)
      throws ConfigException {
    return config.rules().policy(config.trust(), upstreams, StoreDir.DEFAULT);
  }

  private static boolean accepts(
      TrustPolicy policy, String source, String name, SecretKey... keys) {
    NixHash hash = NixHash.sha256Of(Bytes.utf8("content"));
    NarInfo info =
        NarInfo.of(PathInfo.of(new StorePath("a".repeat(32), name), hash, 100, List.of()));
    for (SecretKey key : keys) {
      info = info.withSignature(key.sign(info.fingerprint(StoreDir.DEFAULT)));
    }
    return policy.judge(List.of(new Testimony(source, info))) instanceof Verdict.Accepted;
  }
}
