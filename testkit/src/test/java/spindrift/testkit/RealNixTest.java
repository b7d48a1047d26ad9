package spindrift.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class RealNixTest {
  @TempDir Path scratch;

  @ParameterizedTest
  @MethodSource("spindrift.testkit.RealNix#candidates")
  void addsToAStoreOfItsOwn(RealNix nix) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    Path file = Files.writeString(scratch.resolve("greeting"), "hello");
    NixClient client = nix.client(Files.createDirectory(scratch.resolve("with blank")));

    String path = client.run("nix-store", "--add", file.toString()).line();

    assertThat(path).startsWith("/nix/store/").endsWith("-greeting");
    assertThat(client.physical(path)).hasContent("hello");
    assertThat(client.attempt("nix-store", "--query", "--size", path + "x").status()).isNotZero();
  }

  @ParameterizedTest
  @MethodSource("spindrift.testkit.RealNix#candidates")
  void startsADaemonThatAnswers(RealNix nix) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    Path file = Files.writeString(scratch.resolve("greeting"), "hello");
    NixClient client = nix.client(scratch);
    try (NixDaemon daemon = client.startDaemon()) {
      ProcessBuilder builder = client.command("daemon", "nix-store", "--add", file.toString());
      builder.environment().putAll(daemon.environment());

      String path = Completed.of(builder, Completed.DEFAULT_LIMIT).expectSuccess().line();

      assertThat(client.physical(path)).hasContent("hello");
    }
  }

  @Test
  void saysWhatToDoAboutAVersionThatIsMissing() {
    for (RealNix nix : RealNix.candidates()) {
      if (nix.missing().isPresent()) {
        assertThat(nix.missing().get()).contains("real-nix.sh install");
        assertThatThrownBy(() -> nix.client(scratch)).hasMessage(nix.missing().get());
      }
    }
  }

  @Test
  void comparesVersionsByNumber() {
    for (RealNix nix : RealNix.all()) {
      assertThat(nix.isAtLeast(2, 3)).isTrue();
      assertThat(nix.isAtLeast(2, 100)).isFalse();
      assertThat(nix.isAtLeast(3, 0)).isFalse();
    }
  }
}
