package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import spindrift.testkit.Completed;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/**
 * What comes with a build beside its output: the log, and for content-addressed ones whose it is.
 */
final class BuiltHereTest {
  private static final String CANDIDATES = "spindrift.testkit.RealNix#candidates";

  /** Two content-addressed derivations, of which one needs the other. */
  private static final String EXPRESSION =
      """
      let build = name: text: derivation {
        inherit name;
        system = builtins.currentSystem;
        builder = "/bin/sh";
        args = [ "-c" "echo building ${name}; echo ${text} > $out" ];
        __contentAddressed = true;
        outputHashMode = "recursive";
        outputHashAlgo = "sha256";
      };
      in build "second" (build "first" "hello")
      """;

  @TempDir(factory = InMemory.class)
  Path scratch;

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void logsAndRealisationsGoRound(RealNix nix) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    assumeThat(nix.isAtLeast(2, 8)).as("content-addressed derivations").isTrue();
    NixClient builder = Sandbox.of(nix.client(scratch.resolve("builder")));
    Path file = Files.writeString(scratch.resolve("build.nix"), EXPRESSION);
    String drv = builder.run("nix-instantiate", file.toString()).line();
    Completed build = builder.attempt("nix-build", "--no-out-link", file.toString());
    assumeThat(build.status()).as("a sandbox: " + build.stderr().display()).isZero();
    String out = build.line();

    try (Node node = TestNodes.start(scratch.resolve("data"), "none")) {
      String url = node.url() + "?compression=none";
      builder.runOn(
          "",
          "nix",
          "copy",
          "--from",
          builder.storeUri(),
          "--to",
          url,
          "--no-check-sigs",
          nix.isAtLeast(2, 13) ? drv + "^out" : drv);
      // The second is built under the name of a derivation that knows what the first gave.
      String first =
          builder.run("nix-store", "-qR", drv).lines().stream()
              .filter(path -> path.endsWith("-first.drv"))
              .findFirst()
              .orElseThrow();
      builder.run("nix", "store", "copy-log", "--to", url, first);
      assertThat(get(node, "/log/" + first.substring(11))).contains("building first");

      // Knows the derivation and nothing else; the realisation says what it would give.
      NixClient other =
          Sandbox.of(nix.client(scratch.resolve("other"))).with("substituters", node.url());
      assertThat(other.run("nix-instantiate", file.toString()).line()).isEqualTo(drv);
      Completed substituted =
          other.attempt("nix-build", "--no-out-link", "--max-jobs", "0", file.toString());
      assertThat(substituted.stderr().display()).doesNotContain("building '");
      assertThat(substituted.expectSuccess().line()).isEqualTo(out);
      assertThat(Closures.hashes(other, other.storeUri(), List.of(out)))
          .isEqualTo(Closures.hashes(builder, builder.storeUri(), List.of(out)));
      assertThat(other.run("nix", "log", first).text()).contains("building first");
    }
  }

  private static String get(Node node, String path) throws Exception {
    return new String(TestNodes.request("GET", node.url() + path).body(), StandardCharsets.UTF_8);
  }
}
