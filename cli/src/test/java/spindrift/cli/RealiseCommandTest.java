package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.JsonObject;
import spindrift.node.Node;
import spindrift.node.NodeConfig;
import spindrift.node.PeerSettings;
import spindrift.testkit.Completed;
import spindrift.testkit.Corpus;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/** A closure that another node has comes into an empty store; the newest Nix looks at it. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RealiseCommandTest {
  @TempDir private static Path folder;
  private static final List<Node> nodes = new ArrayList<>();

  @TempDir private Path scratch;

  @BeforeAll
  static void startNodes() throws Exception {
    assumeThat(Corpus.missing()).as(Corpus.missing().orElse("")).isEmpty();
    assumeThat(RealNix.newest()).as("a Nix").isPresent();
    String store = Corpus.store().toString();
    Ran.spindrift("add", "-r", "--data", folder + "/first", "--store", store, Corpus.root())
        .expectSuccess();
    nodes.add(Node.start(config("first").withStore(store)));
    nodes.add(Node.start(config("second").withStore("none")));
    Ran.spindrift("peer", "connect", nodes.getFirst().p2pAddress(), "--data", folder + "/second")
        .expectSuccess();
  }

  @AfterAll
  static void stopNodes() throws Exception {
    for (Node node : nodes) {
      node.close();
    }
  }

  @Test
  void aClosureComesOnceAndWhole() throws Exception {
    NixClient nix = emptyStore();
    String[] command = command(nix, "realise", "-r", "--json", Corpus.root());
    JsonObject first = Ran.spindrift(command).expectSuccess().json();
    assertThat(first.text("way")).isEqualTo("files");
    assertThat(first.whole("present")).isZero();
    requireSame(nix, Corpus.root());
    JsonObject second = Ran.spindrift(command).expectSuccess().json();
    assertThat(second.whole("realised")).isZero();
    assertThat(second.whole("present")).isEqualTo(first.whole("realised"));
    assertThat(second.whole("narBytes")).isZero();
  }

  @Test
  void whatWasKilledGoesOn() throws Exception {
    NixClient nix = emptyStore();
    ProcessBuilder builder = Launched.spindrift(command(nix, "realise", "-r", Corpus.system()));
    builder.environment().put("PATH", programs(nix) + ":" + System.getenv("PATH"));
    Process process = begun(builder);
    process.destroyForcibly().waitFor();
    requireSound(nix);

    JsonObject rest =
        Ran.spindrift(command(nix, "realise", "-r", "--json", Corpus.system()))
            .expectSuccess()
            .json();
    assertThat(rest.whole("present")).isPositive();
    requireSame(nix, Corpus.system());
  }

  @Test
  void whatIsToldToStopLeavesNothingHalf() throws Exception {
    NixClient nix = emptyStore();
    Process process = Launched.spindrift(command(nix, "realise", "-r", Corpus.system())).start();
    assertThat(process.inputReader().readLine()).startsWith("/nix/store/");
    process.destroy();
    process.waitFor();
    List<String> valid = nix.run("nix", "path-info", "--all").lines();
    try (Stream<Path> files = Files.list(nix.physical("/nix/store"))) {
      assertThat(files.map(path -> "/nix/store/" + path.getFileName()))
          .filteredOn(name -> !name.endsWith("/.links"))
          .hasSameElementsAs(valid);
    }
  }

  @Test
  void saysWhatNobodyHas() throws Exception {
    NixClient nix = emptyStore();
    String path = "/nix/store/" + "0".repeat(32) + "-absent";
    Ran absent = Ran.spindrift(command(nix, "realise", path));
    assertThat(absent.status()).isEqualTo(ExitCode.ABSENT);
    assertThat(absent.err()).contains("nobody has " + path.substring(11)).hasLineCount(1);
    Ran noNode = Ran.spindrift("realise", "--data", scratch + "/none", path);
    assertThat(noNode.status()).isEqualTo(ExitCode.USAGE);
    assertThat(noNode.err()).contains("'spindrift up'").hasLineCount(1);
  }

  private static NodeConfig config(String name) throws Exception {
    return NodeConfig.defaults()
        .withListen("127.0.0.1:0")
        .withMoreUpstreams(List.of("none"))
        .withData(folder.resolve(name))
        .withP2pListen(List.of("/ip4/127.0.0.1/tcp/0"))
        .withMoreShareKeys(List.of(Corpus.key()))
        .withMoreTrustedKeys(List.of(Corpus.key()))
        .withDiscovery(PeerSettings.Discovery.OFF);
  }

  private NixClient emptyStore() throws Exception {
    NixClient nix = RealNix.newest().orElseThrow().client(scratch);
    nix.run("nix-store", "--init");
    return nix;
  }

  private static String programs(NixClient nix) {
    return nix.nix().program(".").normalize().toString();
  }

  private static String[] command(NixClient nix, String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--data", folder + "/second", "--store", nix.root().toString()));
    return all.toArray(String[]::new);
  }

  /** Waits until the first path is valid. */
  private Process begun(ProcessBuilder builder) throws Exception {
    Path said = scratch.resolve("said");
    Process process = builder.redirectError(said.toFile()).start();
    String first = process.inputReader().readLine();
    assertThat(first).as(() -> read(said)).startsWith("/nix/store/");
    return process;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static void requireSound(NixClient nix) throws Exception {
    Completed verified = nix.run("nix-store", "--verify", "--check-contents");
    assertThat(verified.text() + verified.stderr().display())
        .doesNotContain("modified", "disappeared", "missing");
  }

  /** Contents, references and signatures are those of the store that it came from. */
  private static void requireSame(NixClient nix, String root) throws Exception {
    requireSound(nix);
    String source = "local?root=" + Corpus.store();
    assertThat(infos(nix, nix.storeUri(), root)).isEqualTo(infos(nix, source, root));
  }

  private static List<String> infos(NixClient nix, String store, String root) throws Exception {
    return nix
        .runOn(store, "nix", "path-info", "-r", "--sigs", "--size", "--closure-size", root)
        .lines()
        .stream()
        .map(line -> line.replace("ultimate ", ""))
        .toList();
  }
}
