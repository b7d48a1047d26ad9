package spindrift.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;
import spindrift.base.DurableFile;
import spindrift.base.JsonObject;
import spindrift.base.MalformedDataException;
import spindrift.nix.SecretKey;

/** {@code spindrift key}: keys for signing, in Nix's format. */
@Command(
    name = "key",
    synopsisSubcommandLabel = "COMMAND",
    description = {"Make keys to sign with, in the format of Nix.", ""},
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "Example:",
      "  spindrift key generate cache.example.org-1 --out cache.sec",
      "  spindrift up --sign-key cache.sec"
    })
final class KeyCommand extends TerminalCommand implements Runnable {
  /** A key with the longest name is far below; a wrong file must not fill the memory. */
  private static final int MAX_KEY_FILE = 4096;

  @Spec private @Nullable CommandSpec spec;

  private KeyCommand(Terminal terminal) {
    super(terminal);
  }

  static CommandLine commandLine(Terminal terminal) {
    return new CommandLine(new KeyCommand(terminal))
        .addSubcommand(new Generate(terminal))
        .addSubcommand(new Public(terminal));
  }

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "which command? generate or public");
  }

  private static void print(Terminal terminal, JsonObject document, boolean json, String text)
      throws IOException {
    try (Display display = new Display(terminal)) {
      if (json) {
        display.print(document);
      } else {
        display.print(text);
      }
    }
    terminal.requireWritten();
  }

  /** {@code spindrift key generate}. */
  @Command(
      name = "generate",
      description = {
        "Make a secret key.",
        "",
        "It is printed as 'nix key generate-secret --key-name NAME' does. With --out it is written"
            + " to a file instead, and the public key is printed.",
        ""
      },
      footer = {
        "",
        "Example:",
        "  spindrift key generate cache.example.org-1 --out cache.sec",
        "The line that this prints goes to trusted-public-keys in the nix.conf of others."
      })
  static final class Generate extends TerminalCommand implements Callable<Integer> {
    @Parameters(
        paramLabel = "NAME",
        description = "The key's name, by custom the host's name and a number.")
    private String name = "";

    @Option(
        names = "--out",
        paramLabel = "FILE",
        description = "A new file for the secret key, that only you can read.")
    private @Nullable Path out;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    Generate(Terminal terminal) {
      super(terminal);
    }

    @Override
    public Integer call() throws Exception {
      SecretKey key = generate();
      String publicKey = key.publicKey().render();
      JsonObject document = JsonObject.of("name", key.name(), "publicKey", publicKey);
      Path file = out;
      if (file == null) {
        String secret = key.renderSecret();
        print(terminal(), document.with("secretKey", secret), json, secret);
        return ExitCode.DONE;
      }
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new ConfigException(
            "out", file.toString(), "exists already; a key that is in use must not be lost");
      }
      DurableFile.writeSecret(file, Bytes.utf8(key.renderSecret() + "\n"));
      print(terminal(), document.with("file", file.toString()), json, publicKey);
      return ExitCode.DONE;
    }

    private SecretKey generate() throws ConfigException {
      try {
        return SecretKey.generate(name);
      } catch (IllegalArgumentException e) {
        throw new ConfigException(
            "key name", name, "want 1 to 512 characters without colon and blank");
      }
    }
  }

  /** {@code spindrift key public}. */
  @Command(
      name = "public",
      description = {
        "Show the public key of a secret key.",
        "",
        "It is printed as 'nix key convert-secret-to-public' does.",
        ""
      },
      footer = {
        "",
        "Examples:",
        "  spindrift key public cache.sec",
        "  spindrift key generate my-1 | tee my.sec | spindrift key public"
      })
  static final class Public extends TerminalCommand implements Callable<Integer> {
    @Parameters(
        arity = "0..1",
        paramLabel = "FILE",
        description = "The secret key's file; standard input where none is given, or for '-'.")
    private String file = "-";

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    Public(Terminal terminal) {
      super(terminal);
    }

    @Override
    public Integer call() throws Exception {
      SecretKey key = read();
      String text = key.publicKey().render();
      print(terminal(), JsonObject.of("name", key.name(), "publicKey", text), json, text);
      return ExitCode.DONE;
    }

    private SecretKey read() throws IOException, ConfigException {
      byte[] content;
      if (file.equals("-")) {
        content = terminal().in().readNBytes(MAX_KEY_FILE);
      } else {
        try (var in = Files.newInputStream(Path.of(file))) {
          content = in.readNBytes(MAX_KEY_FILE);
        }
      }
      try {
        return SecretKey.parse(new String(content, StandardCharsets.UTF_8).strip());
      } catch (MalformedDataException e) {
        throw new ConfigException(
            (file.equals("-") ? "standard input" : file)
                + " has no secret key ("
                + e.getMessage()
                + "); 'spindrift key generate' makes one");
      }
    }
  }
}
