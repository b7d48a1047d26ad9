package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.ConfigException;
import spindrift.node.NixSetup.Plan;
import spindrift.node.NixSetup.Scope;
import spindrift.node.NixSetup.Surroundings;
import spindrift.testkit.Completed;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/** Nix is made to ask the node, and made as it was. */
final class NixSetupTest {
  private static final String URL = "http://127.0.0.1:7745";

  @TempDir Path folder;
  private Path conf;

  @BeforeEach
  void makeFolders() throws Exception {
    Files.createDirectories(folder.resolve("state/db"));
    Files.createDirectories(folder.resolve("store"));
    conf = Files.createDirectories(folder.resolve("etc")).resolve("nix.conf");
  }

  private NixSetup setup(String user, String... groups) {
    Map<String, String> variables = new HashMap<>();
    variables.put("NIX_CONF_DIR", folder.resolve("etc").toString());
    variables.put("NIX_STATE_DIR", folder.resolve("state").toString());
    variables.put("NIX_STORE_DIR", folder.resolve("store").toString());
    return new NixSetup(new Surroundings(variables, folder.resolve("home"), user, Set.of(groups)));
  }

  private Plan.Change change(NixSetup setup, Scope scope) throws Exception {
    return (Plan.Change) setup.plan(scope, URL);
  }

  private void setUp() throws Exception {
    setup("root").apply(change(setup("root"), Scope.SYSTEM));
  }

  private void undo() throws Exception {
    setup("root").apply((Plan.Change) setup("root").planUndo(Scope.SYSTEM, URL));
  }

  private List<String> substituters() {
    Map<String, String> variables = Map.of("NIX_CONF_DIR", folder.resolve("etc").toString());
    return NixConf.of(variables, folder.resolve("home")).values(NixConf.Setting.SUBSTITUTERS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "substituters = https://a.example https://b.example\n",
        "cores = 4 # no line feed",
        "extra-substituters = https://a.example\r\n# caf\u00e9\n\n\n",
      })
  void eachByteIsAsItWas(String text) throws Exception {
    Files.write(conf, text.getBytes(StandardCharsets.UTF_8));
    setUp();
    assertThat(substituters()).containsExactly(URL);
    assertThat(Files.readString(conf)).startsWith(text);
    assertThat(setup("root").plan(Scope.SYSTEM, URL)).isInstanceOf(Plan.Nothing.class);
    undo();
    assertThat(Files.readAllBytes(conf)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
    assertThat(conf.getParent()).isDirectoryNotContaining("glob:**spindrift*");
    assertThat(setup("root").planUndo(Scope.SYSTEM, URL)).isInstanceOf(Plan.Nothing.class);
  }

  @Test
  void aFileThatWasNotThereGoesAgain() throws Exception {
    setUp();
    assertThat(substituters()).containsExactly(URL);
    undo();
    assertThat(conf).doesNotExist();
  }

  @Test
  void anotherUrlTakesThePlaceOfTheFirst() throws Exception {
    Files.writeString(conf, "cores = 4");
    setUp();
    NixSetup setup = setup("root");
    setup.apply((Plan.Change) setup.plan(Scope.SYSTEM, "http://127.0.0.1:9999"));
    assertThat(substituters()).containsExactly("http://127.0.0.1:9999");
    undo();
    assertThat(conf).hasContent("cores = 4");
  }

  @Test
  void whatWasWrittenSinceStays() throws Exception {
    Files.writeString(conf, "cores = 4\n");
    setUp();
    Files.writeString(conf, "max-jobs = 1\n" + Files.readString(conf) + "keep-outputs = true\n");
    undo();
    assertThat(conf).hasContent("max-jobs = 1\ncores = 4\nkeep-outputs = true\n");
    assertThat(NixSetup.backup(conf))
        .as("it is not what the file is now")
        .hasContent("cores = 4\n");
  }

  @Test
  void saysWhomNixWouldAskNoLonger() throws Exception {
    Files.writeString(conf, "substituters = https://a.example " + URL + "/\n");
    assertThat(change(setup("root"), Scope.SYSTEM).earlier()).containsExactly("https://a.example");
  }

  @Test
  void modeAndLinksStay() throws Exception {
    Path real = Files.writeString(folder.resolve("real.conf"), "cores = 4\n");
    Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rw-rw----"));
    Files.createSymbolicLink(conf, real);
    setUp();
    assertThat(conf).isSymbolicLink();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(real)))
        .isEqualTo("rw-rw----");
    assertThat(substituters()).containsExactly(URL);
  }

  @Test
  void whatAConfigurationSystemMakesIsNotTouched() throws Exception {
    Path made = Files.writeString(folder.resolve("store/nix.conf"), "cores = 4\n");
    Files.createSymbolicLink(conf, made);
    assertThat(setup("root").plan(Scope.SYSTEM, URL))
        .isInstanceOfSatisfying(
            Plan.Paste.class,
            paste -> assertThat(paste.module()).contains("nix.settings", "mkForce", URL));
  }

  @Test
  void whereTheFileIsRewrittenTheOwnersOwnIsChanged() throws Exception {
    Files.writeString(conf, "cores = 4\n!include nix.custom.conf\n");
    setUp();
    assertThat(conf).hasContent("cores = 4\n!include nix.custom.conf\n");
    assertThat(conf.resolveSibling("nix.custom.conf")).exists();
    assertThat(substituters()).containsExactly(URL);
  }

  @Test
  void linesThatWereChangedByHandAreLeftAlone() throws Exception {
    setUp();
    Files.writeString(conf, Files.readString(conf).replace("# END spindrift", "# the end"));
    assertThatThrownBy(() -> setup("root").plan(Scope.SYSTEM, URL))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("by hand");
    assertThatThrownBy(() -> setup("root").planUndo(Scope.SYSTEM, URL))
        .isInstanceOf(ConfigException.class);
  }

  @Test
  void aFileThatChangedMeanwhileIsLeftAlone() throws Exception {
    Plan.Change change = change(setup("root"), Scope.SYSTEM);
    Files.writeString(conf, "cores = 4\n");
    assertThatThrownBy(() -> setup("root").apply(change))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("meanwhile");
    assertThat(conf).hasContent("cores = 4\n");
  }

  @Test
  void aUserMustBeTrustedUnlessTheStoreIsHis() throws Exception {
    assertThat(change(setup("alice"), Scope.USER).file())
        .isEqualTo(folder.resolve("home/.config/nix/nix.conf"));
    Files.delete(folder.resolve("state/db"));
    Files.writeString(conf, "trusted-users = root @wheel\n");
    assertThatThrownBy(() -> setup("alice", "users").plan(Scope.USER, URL))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("trusted-users")
        .hasMessageContaining("setup nix --system");
    assertThat(setup("alice", "wheel").plan(Scope.USER, URL)).isInstanceOf(Plan.Change.class);
    Files.writeString(conf, "trusted-substituters = " + URL + "/\n");
    assertThat(setup("alice").plan(Scope.USER, URL)).isInstanceOf(Plan.Change.class);
  }

  @ParameterizedTest
  @MethodSource("spindrift.testkit.RealNix#candidates")
  void nixReadsItAsMeant(RealNix nix) throws Exception {
    assumeThat(nix.missing()).isEmpty();
    NixClient client = nix.client(Files.createDirectories(folder.resolve("client")));
    client.configure("substituters = https://a.example", "require-sigs = true");
    Path file = client.configuration().resolve("nix.conf");
    Map<String, String> variables = Map.of("NIX_CONF_DIR", file.getParent().toString());
    NixSetup setup =
        new NixSetup(new Surroundings(variables, folder.resolve("home"), "root", Set.of()));
    String before = settings(client, nix);
    setup.apply((Plan.Change) setup.plan(Scope.SYSTEM, URL));
    assertThat(settings(client, nix).lines())
        .contains(
            "substituters = " + URL,
            "hashed-mirrors = " + URL,
            "narinfo-cache-negative-ttl = 30",
            "fallback = true",
            "require-sigs = true");
    setup.apply((Plan.Change) setup.planUndo(Scope.SYSTEM, URL));
    assertThat(settings(client, nix)).isEqualTo(before);
  }

  private static String settings(NixClient client, RealNix nix) throws Exception {
    String[] command =
        nix.isAtLeast(2, 20) ? new String[] {"config", "show"} : new String[] {"show-config"};
    Completed done = client.runOn("", "nix", command);
    return done.text();
  }
}
