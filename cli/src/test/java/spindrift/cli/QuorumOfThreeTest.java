package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.nix.FileMode;
import spindrift.nix.NarInfo;
import spindrift.nix.NarWriter;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.node.FetchOptions;
import spindrift.node.KeySettings;
import spindrift.node.Node;
import spindrift.node.NodeConfig;
import spindrift.testkit.Completed;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/** Two of three keys must have signed a path: what Nix gets, and what its owner is told. */
final class QuorumOfThreeTest {
  private static final StorePath PATH = new StorePath("b".repeat(32), "built-1.0");

  /** Whichever answered first. */
  private static final Pattern BOTH =
      Pattern.compile("signed by (a-1, b-1|b-1, a-1): 2 of 2 keys that trust.quorum asks for");

  @TempDir private Path scratch;
  private final List<SecretKey> keys =
      Stream.of("a-1", "b-1", "c-1").map(SecretKey::generate).toList();
  private final List<String> caches = new ArrayList<>();
  private Node node;
  private NixClient nix;

  @AfterEach
  void stop() throws Exception {
    if (node != null) {
      node.close();
    }
  }

  /** A cache that has a path with these contents, signed by one of the keys. */
  private void cache(String contents, int key) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NarWriter writer = new NarWriter(out);
    byte[] bytes = contents.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    writer.regular(FileMode.REGULAR, bytes.length, new ByteArrayInputStream(bytes));
    writer.finish();
    Bytes nar = Bytes.owning(out.toByteArray());
    NarInfo info =
        NarInfo.of(PathInfo.of(PATH, NixHash.sha256Of(nar), nar.size(), List.of())).withPlainFile();
    info = info.withSignature(keys.get(key).sign(info.fingerprint(StoreDir.DEFAULT)));
    Path folder = Files.createDirectories(scratch.resolve("cache-" + caches.size()));
    Files.writeString(folder.resolve("nix-cache-info"), "StoreDir: /nix/store\n");
    Files.write(
        folder.resolve(PATH.hashPart() + ".narinfo"),
        Bytes.utf8(info.render(StoreDir.DEFAULT)).toArray());
    Path file = folder.resolve(info.url());
    Files.createDirectories(file.getParent());
    Files.write(file, nar.toArray());
    caches.add("file://" + folder);
  }

  private Completed substitute() throws Exception {
    assumeThat(RealNix.newest()).as("a real Nix: tools/real-nix.sh install").isPresent();
    node =
        Node.start(
            NodeConfig.defaults()
                .withListen("127.0.0.1:0")
                .withP2pListen(List.of("none"))
                .withStore("none")
                .withData(scratch.resolve("data"))
                .withKeeping(FetchOptions.Keeping.KEPT)
                .withTrustedDefaults(KeySettings.Defaults.DROPPED)
                .withMoreTrustedKeys(keys.stream().map(key -> key.publicKey().render()).toList())
                .withQuorum("2")
                .withMoreUpstreams(caches));
    nix = RealNix.newest().orElseThrow().client(scratch.resolve("nix"));
    nix.with("substituters", node.url())
        .with("require-sigs", "true")
        .with("trusted-public-keys", keys.getFirst().publicKey().render());
    return nix.attempt("nix-store", "-r", PATH.in(StoreDir.DEFAULT));
  }

  private String spindrift(String command) {
    String text =
        Ran.spindrift(command, "--data", scratch.resolve("data").toString(), PATH.hashPart())
            .expectSuccess()
            .text();
    return text.replaceAll("\\s+", " ");
  }

  @Test
  void twoThatSignedTheSameAreEnough() throws Exception {
    cache("one", 0);
    cache("another", 2);
    cache("one", 1);
    substitute().expectSuccess();

    assertThat(nix.physical(PATH.in(StoreDir.DEFAULT))).hasContent("one");
    assertThat(spindrift("why"))
        .contains(": accepted", "c-1 signed something else", "done:")
        .containsPattern(BOTH);
    LanNode.await("it is kept", () -> BOTH.matcher(spindrift("info")).find());
  }

  @Test
  void oneAloneIsNotEnough() throws Exception {
    cache("one", 0);
    assertThat(substitute().status()).isNotZero();

    assertThat(spindrift("why"))
        .contains("signed by a-1: 1 of 2 keys that trust.quorum asks for")
        .doesNotContain("accepted");
  }

  @Test
  void threeThatSignedThreeThingsAreRefused() throws Exception {
    cache("one", 0);
    cache("another", 1);
    cache("a third", 2);
    assertThat(substitute().status()).isNotZero();

    assertThat(spindrift("why"))
        .contains(": refused", "trusted keys disagree", "a-1", "b-1", "c-1")
        .contains(caches.get(0), caches.get(1), caches.get(2));
  }
}
