package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.testkit.RealNix;

final class NixLibrariesTest {
  private static final String NIX = "1".repeat(32) + "-nix-2.31.2";
  private static final String OPENSSL = "2".repeat(32) + "-openssl-3.6.0";
  private static final String XZ = "3".repeat(32) + "-xz-5.8.1";
  private static final String DECOY = "0".repeat(32) + "-openssl-9";

  private static final String LIBCRYPTO = "libcrypto.so.3";
  private static final String LIBLZMA = "liblzma.so.5";

  @TempDir Path scratch;

  private Path store;
  private Path profile;
  private Path asked;

  @BeforeEach
  void makeStore() throws IOException {
    scratch = scratch.toRealPath();
    store = Files.createDirectories(scratch.resolve("nix/store"));
    profile = Files.createDirectory(scratch.resolve("bin"));
    asked = scratch.resolve("asked");
    library(OPENSSL, LIBCRYPTO);
    library(DECOY, LIBCRYPTO);
    library(DECOY, LIBLZMA);
    Path lzma = library(XZ, LIBLZMA + ".8.1");
    Files.createSymbolicLink(lzma.resolveSibling(LIBLZMA), lzma.getFileName());
  }

  private Path library(String path, String name) throws IOException {
    Path folder = Files.createDirectories(store.resolve(path).resolve("lib"));
    return Files.writeString(folder.resolve(name), path);
  }

  /** A Nix that notes how it was asked, and says that these belong to it. */
  private void install(Path folder, String... closure) throws IOException {
    Path program = store.resolve(NIX).resolve("bin/nix");
    Files.createDirectories(program.getParent());
    StringBuilder script = new StringBuilder("#!/bin/sh\necho \"$@\" >>" + asked + "\n");
    for (String path : closure) {
      script.append("echo ").append(store.resolve(path)).append('\n');
    }
    Files.writeString(program, script.append("echo ").append(store.resolve(NIX)).append('\n'));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createSymbolicLink(folder.resolve("nix-store"), program);
  }

  private NixLibraries libraries(String searchPath, Path... usual) {
    return new NixLibraries(
        Map.of("PATH", searchPath, "NIX_STORE_DIR", store.toString()), List.of(usual));
  }

  private Path file(String path, String name) {
    return store.resolve(path).resolve("lib").resolve(name);
  }

  @Test
  void findsWhatNixItselfUsesAndNothingElse() throws Exception {
    install(profile, OPENSSL, XZ);
    NixLibraries libraries = libraries("/nonexistent:" + profile);
    assertThat(libraries.files(LIBCRYPTO)).containsExactly(file(OPENSSL, LIBCRYPTO));
    assertThat(libraries.files(LIBLZMA)).containsExactly(file(XZ, LIBLZMA));
    assertThat(asked)
        .as("once")
        .hasContent("--query --requisites " + store.resolve(NIX) + " --store auto");
  }

  @Test
  void looksInTheUsualPlacesAfterTheSearchPath() throws Exception {
    install(profile, OPENSSL);
    // A Nix that is not in the store has its libraries from its distribution.
    Path other = Files.createDirectory(scratch.resolve("usr"));
    Path program = Files.writeString(other.resolve("nix-store"), "#!/bin/sh\nexit 1\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(libraries(other.toString(), profile).files(LIBCRYPTO))
        .containsExactly(file(OPENSSL, LIBCRYPTO));
    assertThat(libraries(other.toString()).files(LIBCRYPTO)).isEmpty();
    assertThat(libraries("").files(LIBCRYPTO)).isEmpty();
    assertThat(
            libraries(Path.of("").toAbsolutePath().relativize(profile).toString()).files(LIBCRYPTO))
        .as("relative")
        .isEmpty();
  }

  @Test
  void followsNoLinkOutOfTheClosure() throws Exception {
    Path folder = Files.createDirectories(store.resolve(NIX).resolve("lib"));
    Files.createSymbolicLink(folder.resolve(LIBCRYPTO), file(DECOY, LIBCRYPTO));
    Files.createSymbolicLink(folder.resolve(LIBLZMA), file(XZ, LIBLZMA));
    install(profile, XZ);
    assertThat(libraries(profile.toString()).files(LIBCRYPTO)).isEmpty();
    assertThat(libraries(profile.toString()).files(LIBLZMA)).contains(file(XZ, LIBLZMA)).hasSize(2);
  }

  @Test
  void doesWithoutWhereNixSaysNothingUsable() throws Exception {
    install(profile, OPENSSL, "../../etc");
    assertThat(libraries(profile.toString()).files(LIBCRYPTO)).isEmpty();
  }

  @Test
  void asksARealNix() throws Exception {
    RealNix nix = RealNix.newest().orElse(null);
    assumeTrue(nix != null, "no Nix here");
    // Its own libraries come from outside of the store; only the question is real.
    Path program = store.resolve(NIX).resolve("bin/nix-store");
    Files.createDirectories(program.getParent());
    Path state = scratch.resolve("state");
    String real = nix.program("nix-store").toString();
    Files.writeString(program, "#!/bin/sh\nexec " + real + " \"$@\"\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createSymbolicLink(profile.resolve("nix-store"), program);
    Map<String, String> environment =
        Map.of(
            "PATH", profile + ":" + System.getenv("PATH"),
            "HOME", scratch.toString(),
            "NIX_STORE_DIR", store.toString(),
            "NIX_STATE_DIR", state.toString(),
            "NIX_LOG_DIR", scratch.resolve("log").toString(),
            "NIX_CONF_DIR", scratch.toString(),
            "NIX_REMOTE", "ssh://elsewhere.example");
    register(real, environment);
    NixLibraries libraries = new NixLibraries(environment, List.of());
    assertThat(libraries.files(LIBCRYPTO)).containsExactly(file(OPENSSL, LIBCRYPTO));
    assertThat(libraries.files(LIBLZMA)).as("valid, but not in the closure").isEmpty();
  }

  /** All are valid; Nix refers to OpenSSL. */
  private void register(String real, Map<String, String> environment) throws Exception {
    StringBuilder lines = new StringBuilder();
    for (String path : List.of(OPENSSL, XZ, DECOY)) {
      lines.append(store.resolve(path)).append("\n").append("0".repeat(64)).append("\n1\n\n0\n");
    }
    lines.append(store.resolve(NIX)).append("\n").append("0".repeat(64)).append("\n1\n\n1\n");
    lines.append(store.resolve(OPENSSL)).append("\n");
    ProcessBuilder builder = new ProcessBuilder(real, "--load-db", "--store", "auto");
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true).redirectOutput(scratch.resolve("said").toFile());
    Process process = builder.start();
    process.outputWriter().append(lines).close();
    assertThat(process.waitFor()).as(Files.readString(scratch.resolve("said"))).isZero();
  }
}
