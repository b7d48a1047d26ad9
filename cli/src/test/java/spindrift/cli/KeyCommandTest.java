package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import spindrift.base.Bytes;
import spindrift.nix.PublicKey;
import spindrift.nix.SecretKey;
import spindrift.testkit.RealNix;

class KeyCommandTest {
  @Test
  void printsASecretKeyAndItsPublicKey() throws Exception {
    String secret = Ran.spindrift("key", "generate", "my-1").expectSuccess().text();
    SecretKey key = SecretKey.parse(secret.strip());
    assertThat(key.name()).isEqualTo("my-1");
    String publicKey = Ran.withInput(secret, "key", "public").expectSuccess().text().strip();
    assertThat(publicKey).isEqualTo(key.publicKey().render());
    Bytes message = Bytes.utf8("message");
    assertThat(PublicKey.parse(publicKey).verifies(message, key.sign(message))).isTrue();
  }

  @Test
  void writesASecretKeyThatOnlyItsOwnerCanRead(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("my.sec");
    String publicKey =
        Ran.spindrift("key", "generate", "my-1", "--out", file.toString()).expectSuccess().text();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(Ran.spindrift("key", "public", file.toString()).expectSuccess().text())
        .isEqualTo(publicKey);
  }

  @Test
  void neverReplacesAKey(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("my.sec");
    Files.writeString(file, "old");
    Ran ran = Ran.spindrift("key", "generate", "my-1", "--out", file.toString());
    assertThat(ran.status()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("exists already");
    assertThat(file).hasContent("old");
  }

  @Test
  void printsJson() throws Exception {
    Ran generated = Ran.spindrift("key", "generate", "--json", "my-1").expectSuccess();
    String secret = generated.json().text("secretKey");
    Ran shown = Ran.withInput(secret, "key", "public", "--json").expectSuccess();
    assertThat(shown.json().text("publicKey")).isEqualTo(generated.json().text("publicKey"));
    assertThat(shown.json().text("name")).isEqualTo("my-1");
    assertThat(shown.json().find("secretKey")).isEmpty();
  }

  @Test
  void refusesNamesThatNixCouldNotRead() {
    for (String name : new String[] {"", "a:b", "a b"}) {
      Ran ran = Ran.spindrift("key", "generate", name);
      assertThat(ran.status()).isEqualTo(ExitCode.USAGE);
      assertThat(ran.err()).contains("key name").hasLineCount(1);
    }
  }

  @Test
  void doesNotRepeatASecretThatItCannotRead() {
    Ran ran = Ran.withInput("my-1:c2VjcmV0c2VjcmV0", "key", "public");
    assertThat(ran.status()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("standard input", "key generate").doesNotContain("c2Vj");
  }

  @Test
  void saysWhichKeyFileIsMissing(@TempDir Path folder) {
    Ran ran = Ran.spindrift("key", "public", folder.resolve("none").toString());
    assertThat(ran.status()).isEqualTo(ExitCode.FAILED);
    assertThat(ran.err()).contains("none: no such file");
  }

  @ParameterizedTest
  @MethodSource("spindrift.testkit.RealNix#candidates")
  void agreesWithNix(RealNix nix, @TempDir Path folder) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    assumeThat(nix.isAtLeast(2, 4)).as("2.3 has no 'nix key'").isTrue();
    String secret = Ran.spindrift("key", "generate", "my-1").expectSuccess().text().strip();
    String ours = Ran.withInput(secret, "key", "public").expectSuccess().text().strip();
    assertThat(nixKey(nix, folder, secret, "convert-secret-to-public")).isEqualTo(ours);

    String theirs = nixKey(nix, folder, "", "generate-secret", "--key-name", "their-1");
    assertThat(Ran.withInput(theirs, "key", "public").expectSuccess().text().strip())
        .isEqualTo(nixKey(nix, folder, theirs, "convert-secret-to-public"));
  }

  private static String nixKey(RealNix nix, Path folder, String input, String... command)
      throws IOException {
    ProcessBuilder builder = nix.client(folder).command("", "nix", "key");
    builder.command().addAll(List.of(command));
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    }
    try (InputStream out = process.getInputStream()) {
      return new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
  }
}
