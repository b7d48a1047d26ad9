package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import spindrift.nix.PublicKey;
import spindrift.nix.SecretKey;
import spindrift.testkit.RealNix;

/** The node trusts whom Nix trusts. */
final class NixConfTest {
  private static final String A = key("a");
  private static final String B = key("b");
  private static final String C = key("c");
  private static final String NIXOS = KeySettings.NIXOS_CACHE;

  @TempDir Path folder;
  private Path system;

  @BeforeEach
  void makeSystemFolder() throws Exception {
    system = Files.createDirectory(folder.resolve("system"));
  }

  @Test
  void withoutFilesThePublicCacheIsTrusted() {
    assertThat(trusted(Map.of())).containsExactly(NIXOS);
  }

  @Test
  void loginsAreWhereNixLooks() throws Exception {
    assertThat(netrc(Map.of())).isEqualTo(system.resolve("netrc"));
    write("system/nix.conf", "netrc-file = /one\n");
    assertThat(netrc(Map.of())).isEqualTo(Path.of("/one"));
    assertThat(netrc(Map.of("NIX_CONFIG", "netrc-file = /two"))).isEqualTo(Path.of("/two"));
  }

  private Path netrc(Map<String, String> environment) {
    Map<String, String> all = new HashMap<>(environment);
    all.put("NIX_CONF_DIR", system.toString());
    return NixConf.netrc(all, folder.resolve("home"));
  }

  @Test
  void aFileReplacesOrAdds() throws Exception {
    write(
        "system/nix.conf", "substituters = x\ntrusted-public-keys = " + A + "  " + B + " # why\n");
    assertThat(trusted(Map.of())).containsExactly(A, B);
    write("system/nix.conf", "\textra-trusted-public-keys = " + A + "\r\n");
    assertThat(trusted(Map.of())).containsExactly(NIXOS, A);
    write("system/nix.conf", "#trusted-public-keys = " + A + "\nextra-trusted-public-keys=" + B);
    assertThat(trusted(Map.of())).as("Nix wants blanks around the sign").containsExactly(NIXOS);
    write("system/nix.conf", "binary-cache-public-keys = " + A);
    assertThat(trusted(Map.of())).as("as it was called once").containsExactly(A);
    write("system/nix.conf", "trusted-public-keys =\n");
    assertThat(trusted(Map.of())).isEmpty();
  }

  @Test
  void filesOfTheUserCountMoreAndTheVariableMost() throws Exception {
    write("system/nix.conf", "trusted-public-keys = " + A);
    write("home/.config/nix/nix.conf", "extra-trusted-public-keys = " + B);
    assertThat(trusted(Map.of())).containsExactly(A, B);
    assertThat(trusted(Map.of("NIX_CONFIG", "x = y\nextra-trusted-public-keys = " + C)))
        .containsExactly(A, B, C);
    assertThat(trusted(Map.of("NIX_CONFIG", "trusted-public-keys = " + C))).containsExactly(C);
    write("xdg/nix/nix.conf", "trusted-public-keys = " + C);
    String xdg = folder.resolve("none") + ":" + folder.resolve("xdg");
    assertThat(trusted(Map.of("XDG_CONFIG_DIRS", xdg))).containsExactly(C, B);
    write("one.conf", "trusted-public-keys = " + B);
    write("two.conf", "extra-trusted-public-keys = " + C + "\ntrusted-public-keys = " + A);
    String named = folder.resolve("one.conf") + ":" + folder.resolve("two.conf");
    assertThat(trusted(Map.of("NIX_USER_CONF_FILES", named)))
        .as("the first counts most")
        .containsExactly(B);
  }

  @Test
  void filesIncludeOthers() throws Exception {
    write("system/more/keys.conf", "extra-trusted-public-keys = " + B + "\n!include sub.conf");
    write("system/more/sub.conf", "extra-trusted-public-keys = " + C);
    write(
        "system/nix.conf",
        "trusted-public-keys = " + A + "\ninclude more/keys.conf\n!include absent.conf");
    assertThat(trusted(Map.of())).containsExactly(A, B, C);
  }

  @Test
  void whatCannotBeReadTrustsNobodyElse() throws Exception {
    write("system/nix.conf", "include nix.conf\nextra-trusted-public-keys = nonsense x:y " + A);
    assertThat(trusted(Map.of())).containsExactly(NIXOS, A);
    Files.delete(system.resolve("nix.conf"));
    Files.createDirectory(system.resolve("nix.conf"));
    assertThat(trusted(Map.of())).containsExactly(NIXOS);
  }

  @ParameterizedTest
  @MethodSource("spindrift.testkit.RealNix#candidates")
  void saysWhatNixSays(RealNix nix) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    assumeThat(nix.isAtLeast(2, 8)).as("NIX_CONFIG, and JSON of the settings").isTrue();
    write("system/more.conf", "extra-trusted-public-keys = " + C);
    write("system/nix.conf", "extra-trusted-public-keys = " + A + " # x\n!include more.conf");
    write("home/.config/nix/nix.conf", "extra-trusted-public-keys = " + B);
    ProcessBuilder show =
        nix.client(folder.resolve("client"))
            .command(
                "",
                "nix",
                nix.isAtLeast(2, 26)
                    ? new String[] {"config", "show", "trusted-public-keys"}
                    : new String[] {"show-config"});
    show.environment().putAll(environment());
    show.environment().put("HOME", folder.resolve("home").toString());
    Process process = show.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    String keys =
        said.lines()
            .filter(line -> !line.contains(" = ") || line.startsWith("trusted-public-keys = "))
            .map(line -> line.replaceFirst("^.* = ", ""))
            .findFirst()
            .orElseThrow();
    assertThat(trusted(Map.of())).containsExactlyInAnyOrder(keys.split(" "));
  }

  private Map<String, String> environment() {
    return Map.of("NIX_CONF_DIR", system.toString(), "XDG_CONFIG_DIRS", folder + "/no-xdg");
  }

  private List<String> trusted(Map<String, String> more) {
    Map<String, String> environment = new HashMap<>(environment());
    environment.putAll(more);
    return NixConf.trustedKeys(environment, folder.resolve("home")).stream()
        .map(PublicKey::render)
        .toList();
  }

  private void write(String name, String content) throws Exception {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private static String key(String name) {
    return SecretKey.generate(name).publicKey().render();
  }
}
