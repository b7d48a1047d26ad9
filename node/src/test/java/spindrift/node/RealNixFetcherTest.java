package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import spindrift.base.Bytes;
import spindrift.base.JsonObject;
import spindrift.nix.NixHash;
import spindrift.testkit.Completed;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;
import spindrift.testkit.Seeds;

/**
 * A fetcher that runs curl in a build, as that of Nixpkgs does, finds what is offered at a node: by
 * the hash as it was written, after its own URLs, and by {@code ipfs://} with a curl that knows it.
 */
final class RealNixFetcherTest {
  private static final String CANDIDATES = "spindrift.testkit.RealNix#candidates";

  /** Nobody serves there. */
  private static final String GONE = "http://127.0.0.1:9/hello.tar";

  /** What the fetcher of Nixpkgs asks, in the same order and with the same variables. */
  private static final String BUILDER =
      """
      get() {
        curl --location --fail --silent --show-error $NIX_CURL_FLAGS -C - "$1" --output "$out"
      }
      for url in $urls; do
        if get "$url"; then exit 0; fi
      done
      for mirror in $NIX_HASHED_MIRRORS; do
        url="$mirror/$outputHashAlgo/$outputHash"
        if curl --location --fail --silent --show-error --head "$url" --output /dev/null; then
          if get "$url"; then exit 0; fi
        fi
      done
      exit 1
      """;

  @TempDir(factory = InMemory.class)
  Path scratch;

  private NixClient client;
  private Path curl;
  private Path file;
  private NixHash hash;
  private String cid;

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void findsAnOfferedFileByItsHashHoweverItIsWritten(RealNix nix) throws Exception {
    prepare(nix, Path.of("/usr/bin/curl"));
    try (Node node = offering()) {
      Map<String, String> mirrors =
          Map.of("NIX_HASHED_MIRRORS", "http://127.0.0.1:9 " + node.url());
      requireBuilds("one.tar", GONE, hash.hex(), "\"sha256\"", mirrors);
      requireBuilds("two.tar", GONE, hash.nix32(), "\"sha256\"", mirrors);
      if (nix.isAtLeast(2, 4)) {
        requireBuilds("three.tar", GONE, hash.sri(), "null", mirrors);
      }
    }
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void fetchesByCidThroughTheNodesGateway(RealNix nix) throws Exception {
    Optional<Path> curlOfIpfs = curlOfIpfs();
    assumeThat(curlOfIpfs).as("a curl of 8.4 or later: tools/real-nix.sh install").isPresent();
    prepare(nix, curlOfIpfs.get());
    try (Node node = offering()) {
      Map<String, String> gateway = Map.of("NIX_CURL_FLAGS", "--ipfs-gateway " + node.url());
      requireBuilds("one.tar", "ipfs://" + cid, hash.hex(), "\"sha256\"", gateway);
      requireBuilds("two.tar", GONE + " ipfs://" + cid, hash.hex(), "\"sha256\"", gateway);
    }
  }

  private void prepare(RealNix nix, Path program) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    assumeThat(program).as("curl").isExecutable();
    assumeThat(Path.of("/bin/bash")).isExecutable();
    curl = program;
    // A chroot store builds in a sandbox, which has the host's programs here.
    String shown =
        Stream.of("/bin", "/lib", "/lib64", "/usr", home(curl).toString())
            .filter(path -> Files.exists(Path.of(path)))
            .distinct()
            .collect(Collectors.joining(" "));
    client = nix.client(scratch.resolve("client")).with("sandbox-paths", shown);
    byte[] content = Seeds.bytes(new Random(9), 300_000).toArray();
    file = Files.write(scratch.resolve("hello.tar"), content);
    hash = NixHash.sha256Of(Bytes.copyOf(content));
  }

  /** The folder that a program's libraries are in, too. */
  private static Path home(Path program) {
    return program.startsWith("/usr")
        ? Path.of("/usr")
        : program.getParent().getParent().getParent();
  }

  private Node offering() throws Exception {
    Path data = scratch.resolve("data");
    Node node = TestNodes.start(data, "none");
    JsonObject offered =
        TestNodes.items(
                data,
                "add-file",
                JsonObject.of("files", List.of(file.toString()), "algorithms", List.of("sha256")))
            .getFirst();
    cid = offered.text("cid");
    return node;
  }

  private void requireBuilds(
      String name, String urls, String written, String algorithm, Map<String, String> variables)
      throws Exception {
    Path builder = Files.writeString(scratch.resolve("builder.sh"), BUILDER);
    String expression =
        """
        derivation {
          name = "%s";
          urls = "%s";
          outputHash = "%s";
          outputHashAlgo = %s;
          system = builtins.currentSystem;
          builder = "/bin/bash";
          args = [ %s ];
          PATH = "%s:/usr/bin:/bin";
          outputHashMode = "flat";
          impureEnvVars = [ "NIX_CURL_FLAGS" "NIX_HASHED_MIRRORS" ];
        }
        """
            .formatted(name, urls, written, algorithm, builder, curl.getParent());
    ProcessBuilder build =
        client.command(client.storeUri(), "nix-build", "--no-out-link", "-E", expression);
    build.environment().putAll(variables);
    Completed built = Completed.of(build, Completed.DEFAULT_LIMIT);
    assumeThat(built.stderr().display()).as("a sandbox").doesNotContain("sandbox", "namespace");
    String path = built.expectSuccess().line();
    assertThat(Files.mismatch(client.physical(path), file)).isEqualTo(-1);
  }

  /** The first of those that there are. */
  private static Optional<Path> curlOfIpfs() throws IOException {
    for (Path one :
        Stream.concat(
                RealNix.all().stream().map(nix -> nix.program("curl")),
                Stream.of(Path.of("/usr/bin/curl")))
            .toList()) {
      if (Files.isExecutable(one)) {
        String said =
            Completed.of(new ProcessBuilder(one.toString(), "--version"), Completed.DEFAULT_LIMIT)
                .text();
        Matcher matcher = Pattern.compile("(?m)^Protocols:.* ipfs ").matcher(said);
        if (matcher.find()) {
          return Optional.of(one);
        }
      }
    }
    return Optional.empty();
  }
}
