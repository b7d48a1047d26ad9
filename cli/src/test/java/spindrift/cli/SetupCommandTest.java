package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;

/** What {@code spindrift setup nix} shows and changes. */
final class SetupCommandTest {
  @TempDir private Path folder;
  private Path conf;

  @BeforeEach
  void writeConf() throws Exception {
    conf = Files.writeString(folder.resolve("nix.conf"), "cores = 4\nmax-jobs = 2\n");
  }

  private Ran setup(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, false, StandardCharsets.UTF_8),
            Terminal.Screen.NONE,
            Map.of("NIX_CONF_DIR", folder.toString()));
    String[] all = new String[arguments.length + 3];
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    all[0] = "setup";
    all[1] = "nix";
    all[2] = "--system";
    int status = new Program(terminal).run(all);
    terminal.flush();
    return new Ran(status, Bytes.owning(out.toByteArray()), err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void showsFirstThenChangesThenUndoes() throws Exception {
    Ran shown = setup("--dry-run");
    assertThat(shown.status()).isZero();
    assertThat(shown.text())
        .startsWith(
            "would change " + conf + ":\n  cores = 4\n  max-jobs = 2\n+ # BEGIN spindrift\n")
        .contains("+ substituters = http://127.0.0.1:7745\n");
    assertThat(conf).hasContent("cores = 4\nmax-jobs = 2\n");

    Ran changed = setup("--url", "http://127.0.0.1:1234/");
    assertThat(changed.text()).endsWith("done\n");
    assertThat(changed.err()).contains("is kept as", "https://cache.nixos.org/");
    assertThat(Files.readString(conf)).contains("\nsubstituters = http://127.0.0.1:1234\n");
    assertThat(setup("--url", "http://127.0.0.1:1234").text()).contains("is set up already");

    Ran undone = setup("--undo");
    assertThat(undone.text()).contains("- substituters = http://127.0.0.1:1234\n");
    assertThat(conf).hasContent("cores = 4\nmax-jobs = 2\n");
    assertThat(setup("--undo").text()).contains("has no such lines");
  }

  @Test
  void refusesWhatCannotBe() throws Exception {
    assertThat(setup("--user").status()).isEqualTo(ExitCode.USAGE);
    for (String url : new String[] {"127.0.0.1:7745", "http://x y", "ftp://x", "http://x/#"}) {
      Ran ran = setup("--url", url);
      assertThat(ran.status()).as(url).isEqualTo(ExitCode.USAGE);
      assertThat(ran.err()).hasLineCount(1);
    }
    assertThat(conf).hasContent("cores = 4\nmax-jobs = 2\n");
  }
}
