package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import spindrift.base.Bytes;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.node.Node;
import spindrift.node.NodeConfig;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/** The same commands with and without a node, on a real store. */
@ParameterizedClass
@EnumSource
class NodeCommandsTest {
  private enum Served {
    BY_A_NODE,
    IN_PROCESS
  }

  @Parameter private Served served = Served.IN_PROCESS;
  @TempDir private Path folder;
  private Optional<Node> node = Optional.empty();
  private NixClient nix;
  private Path data;
  private String first;
  private String second;

  @BeforeEach
  void makeStore() throws Exception {
    Optional<RealNix> newest = RealNix.newest();
    assumeThat(newest).as("a Nix: tools/real-nix.sh install").isPresent();
    nix = newest.get().client(Files.createDirectory(folder.resolve("nix")));
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Files.writeString(tree.resolve("file"), "text ".repeat(1000));
    Files.createSymbolicLink(tree.resolve("link"), Path.of("file"));
    first = nix.run("nix-store", "--add", tree.toString()).line();
    Path file = Files.writeString(folder.resolve("single"), "single");
    second = nix.run("nix-store", "--add", file.toString()).line();
    data = folder.resolve("data");
    if (served == Served.BY_A_NODE) {
      NodeConfig config =
          NodeConfig.defaults()
              .withListen("127.0.0.1:0")
              .withP2pListen(List.of("none"))
              .withMoreUpstreams(List.of("none"))
              .withData(data)
              .withStore(nix.root().toString());
      node = Optional.of(Node.start(config));
    }
  }

  @AfterEach
  void stopNode() throws IOException {
    if (node.isPresent()) {
      node.get().close();
    }
  }

  private Ran spindrift(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data", data.toString()));
    if (served == Served.IN_PROCESS) {
      all.addAll(List.of("--store", nix.root().toString()));
    }
    return Ran.spindrift(all);
  }

  private static JsonObject onlyItem(Ran ran) throws Exception {
    List<JsonValue> items = ran.json().items("items");
    assertThat(items).hasSize(1);
    return Json.asObject(items.getFirst());
  }

  private static String hashPart(String path) {
    return path.substring("/nix/store/".length()).substring(0, 32);
  }

  @Test
  void addsAndLists() throws Exception {
    assertThat(spindrift("add", "-r", first, second).expectSuccess().text())
        .startsWith("added 2 paths (")
        .endsWith("), 0 known already\n");
    assertThat(spindrift("add", first).expectSuccess().text()).endsWith(", 1 known already\n");
    assertThat(spindrift("ls").expectSuccess().text().lines())
        .hasSize(2)
        .allMatch(line -> line.contains("pinned  store "))
        .anyMatch(line -> line.endsWith(first))
        .anyMatch(line -> line.endsWith(second));
    JsonObject single = onlyItem(spindrift("ls", "--json", "sing*").expectSuccess());
    assertThat(single.text("path")).isEqualTo(second);
    assertThat(single.whole("narSize")).isEqualTo(narOf(second).size());
    assertThat(spindrift("ls", "none*").expectSuccess().text()).isEmpty();
  }

  @Test
  void offersAFile() throws Exception {
    Path file = Files.writeString(folder.resolve("hello.txt"), "hello ".repeat(100_000));
    JsonObject offered = onlyItem(spindrift("add-file", "--json", file.toString()));
    String path = Json.asText(offered.items("paths").getFirst());
    String expected = nix.run("nix-store", "--add-fixed", "sha256", file.toString()).line();
    assertThat(path).as("what Nix makes of it").isEqualTo(expected);
    JsonObject info = onlyItem(spindrift("info", "--json", path));
    assertThat(info.truth("public")).isTrue();
    assertThat(info.truth("pinned")).isTrue();
    assertThat(info.text("treeCid")).isEqualTo(offered.text("cid"));
    assertThat(spindrift("add-file", "--algo", "sha512", "--name", "x", file.toString()).text())
        .contains("-x\n", "sha512-", "/sha512/", "ipfs://")
        .doesNotContain("sha256");
    spindrift("unpin", path).expectSuccess();
    spindrift("gc", "--unpinned").expectSuccess();
    assertThat(spindrift("ls").text()).contains("-x\n").doesNotContain("hello.txt");
  }

  @Test
  void offersOnlyFilesThatCanBeOffered() throws Exception {
    assertThat(spindrift("add-file", folder.resolve("none").toString()).status())
        .isEqualTo(ExitCode.ABSENT);
    assertThat(spindrift("add-file", folder.toString()).status()).isEqualTo(ExitCode.FAILED);
    Path odd = Files.writeString(folder.resolve("a b"), "x");
    assertThat(spindrift("add-file", odd.toString()).err()).contains("--name");
    assertThat(spindrift("add-file", "--algo", "crc", odd.toString()).status())
        .isEqualTo(ExitCode.USAGE);
  }

  @Test
  void theDoctorLooksAtAll() throws Exception {
    Ran ran = spindrift("doctor", "--json");
    JsonObject report = ran.json();
    List<String> problems = new ArrayList<>();
    for (JsonValue item : report.items("items")) {
      JsonObject finding = Json.asObject(item);
      boolean ok = finding.text("level").equals("ok");
      assertThat(finding.text("mend").isEmpty()).as(finding.text("said")).isEqualTo(ok);
      if (finding.text("level").equals("problem")) {
        problems.add(finding.text("about"));
      }
    }
    assertThat(problems).hasSize((int) report.whole("problems"));
    assertThat(ran.status()).isEqualTo(problems.isEmpty() ? ExitCode.DONE : ExitCode.FAILED);
    if (served == Served.BY_A_NODE) {
      assertThat(problems).doesNotContain("node", "cache", "secrets", "store", "round trip");
      assertThat(spindrift("doctor", "--store", nix.root().toString()).text())
          .containsPattern("ok +node +runs, process ")
          .containsPattern("ok +round trip +[0-9a-z]{32}-.* came right in ");
    } else {
      assertThat(problems).contains("node");
    }
  }

  @Test
  void saysWhichPathsTheStoreDoesNotHave() throws Exception {
    String unknown = "/nix/store/00000000000000000000000000000000-x";
    Ran ran = spindrift("add", unknown, second);
    assertThat(ran.status()).isEqualTo(ExitCode.FAILED);
    assertThat(ran.err()).contains(unknown + ": ", "1 path could not be added");
    assertThat(ran.text()).startsWith("added 1 path ");
    JsonObject problem = onlyItem(spindrift("add", "--json", unknown));
    assertThat(problem.text("path")).isEqualTo(unknown);
  }

  @Test
  void takesLinksIntoTheStoreAsItsPaths() throws Exception {
    Path result = Files.createSymbolicLink(folder.resolve("result"), Path.of(first));
    spindrift("add", result.toString()).expectSuccess();
    assertThat(onlyItem(spindrift("info", "--json", result.toString())).text("path"))
        .isEqualTo(first);
  }

  @Test
  void showsWhatIsKnown() throws Exception {
    spindrift("add", first).expectSuccess();
    JsonObject info = onlyItem(spindrift("info", "--json", hashPart(first)).expectSuccess());
    assertThat(info.text("path")).isEqualTo(first);
    assertThat(info.whole("narSize")).isEqualTo(narOf(first).size());
    assertThat(info.text("origin")).isEqualTo("store");
    assertThat(info.truth("pinned")).isTrue();
    assertThat(spindrift("info", first).expectSuccess().text())
        .startsWith(first + "\n")
        .contains(info.text("narHash"), info.text("narCid"), info.text("treeCid"))
        .containsPattern("pinned +yes");
  }

  @Test
  void showsSignaturesAndTheirMakers() throws Exception {
    Path key = folder.resolve("key");
    Ran.spindrift("key", "generate", "their-1", "--out", key.toString()).expectSuccess();
    nix.run("nix", "store", "sign", "--key-file", key.toString(), first);
    spindrift("add", first).expectSuccess();
    assertThat(spindrift("info", first).expectSuccess().text())
        .containsPattern("signatures +their-1:[A-Za-z0-9+/]{86}==\n");
    JsonObject info = onlyItem(spindrift("info", "--json", first));
    assertThat(info.items("signers")).containsExactly(new JsonValue.Text("their-1"));
    assertThat(info.object("trust").text("verdict")).isEqualTo("accepted");
    assertThat(spindrift("info", first).text())
        .containsPattern("trust +accepted\n")
        .contains("it is in the store of this machine, which is trusted as it")
        .contains("signed by their-1, which no setting names\n");
    assertThat(spindrift("why", first).expectSuccess().text())
        .startsWith(first + "\n")
        .containsPattern("here +in the store of this machine\n")
        .contains("It did not come through this node");
  }

  @Test
  void showsWhatItFindsOfSeveralAndSaysWhatIsAbsent() throws Exception {
    spindrift("add", first).expectSuccess();
    String absent = "00000000000000000000000000000000";
    Ran text = spindrift("info", absent, first);
    assertThat(text.status()).isEqualTo(ExitCode.ABSENT);
    assertThat(text.text()).startsWith(first);
    assertThat(text.err()).isEqualTo("spindrift: " + absent + ": not here\n");
    Ran json = spindrift("info", "--json", absent, first);
    assertThat(json.status()).isEqualTo(ExitCode.ABSENT);
    assertThat(onlyItem(json).text("path")).isEqualTo(first);
    assertThat(json.json().object("error").text("fault")).isEqualTo("ABSENT");
  }

  @Test
  void bringsATreeOutAgain() throws Exception {
    spindrift("add", first).expectSuccess();
    Path target = folder.resolve("restored");
    assertThat(spindrift("get", first, "--to", target.toString()).expectSuccess().text())
        .startsWith("wrote " + target)
        .contains("hash verified");
    assertThat(nix.run("nix-store", "--dump", target.toString()).stdout()).isEqualTo(narOf(first));
    Ran again = spindrift("get", first, "--to", target.toString());
    assertThat(again.status()).isEqualTo(ExitCode.USAGE);
    assertThat(again.err()).contains("exists already");
  }

  @Test
  void bringsANarOut() throws Exception {
    spindrift("add", first).expectSuccess();
    assertThat(spindrift("get", hashPart(first), "--nar", "-").expectSuccess().out())
        .isEqualTo(narOf(first));
    Path file = folder.resolve("x.nar");
    JsonObject said =
        spindrift("get", first, "--json", "--nar", file.toString()).expectSuccess().json();
    assertThat(said.text("path")).isEqualTo(first);
    assertThat(said.text("to")).isEqualTo(file.toString());
    assertThat(Bytes.owning(Files.readAllBytes(file))).isEqualTo(narOf(first));
    assertThat(spindrift("get", first, "--json", "--nar", "-").status()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void bringsNothingOutThatIsNotThere() throws Exception {
    // The first command makes the data directory.
    spindrift("add", second).expectSuccess();
    Ran ran =
        spindrift(
            "get", "00000000000000000000000000000000", "--to", folder.resolve("x").toString());
    assertThat(ran.status()).isEqualTo(ExitCode.ABSENT);
    assertThat(ran.err()).hasLineCount(1);
    assertThat(folder.resolve("x")).doesNotExist();
  }

  @Test
  void damageIsFoundAndNotBroughtOut() throws Exception {
    spindrift("add", first, second).expectSuccess();
    assertThat(spindrift("verify").expectSuccess().text()).endsWith(": all sound\n");
    damage(nix.physical(first).resolve("file"));
    Ran verified = spindrift("verify");
    assertThat(verified.status()).isEqualTo(ExitCode.FAILED);
    assertThat(verified.text()).contains("damaged: " + first + ": ").contains(": 1 damaged");
    assertThat(verified.err()).hasLineCount(1);
    JsonObject item = onlyItem(spindrift("verify", "--json", first));
    assertThat(item.text("damaged")).isEqualTo(first);
    spindrift("verify", second).expectSuccess();

    Ran got = spindrift("get", first, "--to", folder.resolve("restored").toString());
    assertThat(got.status()).isEqualTo(ExitCode.FAILED);
    assertThat(got.err()).startsWith("spindrift: ").hasLineCount(1);
    Path file = folder.resolve("x.nar");
    assertThat(spindrift("get", first, "--nar", file.toString()).status())
        .isEqualTo(ExitCode.FAILED);
    assertThat(spindrift("get", first, "--nar", "-").status()).isEqualTo(ExitCode.FAILED);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("nix", "tree", "single", "data");
    }
  }

  private static void damage(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    byte[] content = Files.readAllBytes(file);
    content[17] ^= 1;
    Files.write(file, content, StandardOpenOption.WRITE);
    assertThat(Files.isSymbolicLink(file)).isFalse();
  }

  @Test
  void pinsAndCollects() throws Exception {
    spindrift("add", first, second).expectSuccess();
    assertThat(spindrift("unpin", second, "--json").expectSuccess().json().whole("unpinned"))
        .isEqualTo(1);
    assertThat(spindrift("ls", "single").text()).contains("  -       store ");
    assertThat(spindrift("gc", "--unpinned", "--dry-run").expectSuccess().text())
        .startsWith("would remove 1 record and ");
    assertThat(spindrift("ls").text()).hasLineCount(2);
    JsonObject collected = spindrift("gc", "--unpinned", "--json").expectSuccess().json();
    assertThat(collected.whole("recordsEvicted")).isEqualTo(1);
    assertThat(collected.truth("dryRun")).isFalse();
    assertThat(spindrift("ls").text()).hasLineCount(1).contains(first);
    spindrift("pin", first).expectSuccess();
    Ran gone = spindrift("pin", second);
    assertThat(gone.status()).isEqualTo(ExitCode.ABSENT);
    assertThat(gone.err()).contains(second, "'spindrift add'");
  }

  @Test
  void tellsItsStatus() throws Exception {
    spindrift("add", first).expectSuccess();
    JsonObject status = spindrift("status", "--json").expectSuccess().json();
    assertThat(status.whole("records")).isEqualTo(1);
    assertThat(status.whole("narBytes")).isEqualTo(narOf(first).size());
    assertThat(status.text("store")).isEqualTo(nix.root().resolve("nix/store").toString());
    assertThat(status.find("node").isPresent()).isEqualTo(served == Served.BY_A_NODE);
    assertThat(spindrift("status").expectSuccess().text())
        .containsPattern(served == Served.BY_A_NODE ? "http +http://127" : "node +not running")
        .containsPattern("paths +1, of them 1 pinned");
  }

  @Test
  void sharesAndTakesBack() throws Exception {
    assertThat(spindrift("share", second).expectSuccess().text()).isEqualTo("shared 1 path\n");
    assertThat(spindrift("info", second).expectSuccess().text())
        .containsPattern("public +yes, shared by 'spindrift share'");
    assertThat(spindrift("unshare", "-r", first, second).expectSuccess().text())
        .isEqualTo("unshared 2 paths\n");
    JsonObject info = onlyItem(spindrift("info", "--json", second));
    assertThat(info.truth("public")).isFalse();
    assertThat(info.text("publicBecause")).contains("unshare");
    assertThat(spindrift("info", first).text()).containsPattern("public +no, ");
    Ran absent = spindrift("share", "-r", "/nix/store/00000000000000000000000000000000-x");
    assertThat(absent.status()).isEqualTo(ExitCode.ABSENT);
  }

  @Test
  void knowsItsName() throws Exception {
    spindrift("add", first).expectSuccess();
    JsonObject id = spindrift("id", "--json").json();
    assertThat(id.text("peer")).startsWith("12D3KooW");
    assertThat(id.text("cid")).startsWith("k51");
    assertThat(id.items("addresses")).as("without peers").isEmpty();
    Ran text = spindrift("id");
    assertThat(text.text()).contains(id.text("peer"), id.text("cid"));
    assertThat(text.err()).contains("'spindrift up'").hasLineCount(1);
  }

  @Test
  void peersNeedANodeThatHasSome() throws Exception {
    spindrift("add", first).expectSuccess();
    for (String command : List.of("peers", "peer connect /ip4/127.0.0.1/tcp/1", "peer ban x")) {
      Ran ran = spindrift(command.split(" "));
      assertThat(ran.status()).isEqualTo(ExitCode.USAGE);
      assertThat(ran.err())
          .contains(served == Served.BY_A_NODE ? "'--p2p-listen none'" : "'spindrift up'")
          .hasLineCount(1);
    }
  }

  @Test
  void saysWhatAStorePathLooksLike() throws Exception {
    spindrift("add", first).expectSuccess();
    Ran ran = spindrift("info", "nonsense");
    assertThat(ran.status()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("nonsense", "/nix/store/HASH-NAME").hasLineCount(1);
  }

  @Test
  void aStoreThatTheNodeDoesNotHaveIsRefused() throws Exception {
    assumeThat(served).isEqualTo(Served.BY_A_NODE);
    Ran other = spindrift("ls", "--store", "none");
    assertThat(other.status()).isEqualTo(ExitCode.USAGE);
    assertThat(other.err()).contains("a node runs on", nix.root().toString()).hasLineCount(1);
    spindrift("ls", "--store", nix.root().toString()).expectSuccess();
  }

  private Bytes narOf(String path) throws IOException {
    Path physical = nix.physical(path);
    assertThat(Files.exists(physical, LinkOption.NOFOLLOW_LINKS)).isTrue();
    return nix.run("nix-store", "--dump", physical.toString()).stdout();
  }
}
