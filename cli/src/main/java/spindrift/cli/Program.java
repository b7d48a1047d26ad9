package spindrift.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code spindrift}, which all others stand below. */
@Command(
    name = "spindrift",
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = Program.Version.class,
    description = {
      "Makes this Nix machine a mirror: serves store paths to Nix as a binary cache and to IPFS as"
          + " blocks, without a second copy of them.",
      ""
    },
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "Example: serve this machine's store, and let Nix use it",
      "  spindrift up",
      "  nix copy --from http://127.0.0.1:7745 PATH",
      "",
      "'spindrift help COMMAND' says more. Exit codes: 0 done, 1 failed, 2 wrong use or",
      "configuration, 3 not here."
    })
final class Program extends TerminalCommand implements Runnable {
  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version.")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean version;

  @Spec private @Nullable CommandSpec spec;

  Program(Terminal terminal) {
    super(terminal);
  }

  /** Runs one command line and returns the exit code. */
  int run(String... arguments) {
    Failures failures = new Failures(terminal(), arguments);
    try {
      int status =
          commandLine()
              .setParameterExceptionHandler(failures)
              .setExecutionExceptionHandler(failures)
              .execute(arguments);
      terminal().flush();
      return status;
    } catch (Error e) {
      return failures.report(e);
    }
  }

  CommandLine commandLine() {
    CommandLine program = new CommandLine(this);
    program.addSubcommand(new UpCommand(terminal()));
    program.addSubcommand(new AddCommand(terminal()));
    program.addSubcommand(new GetCommand(terminal()));
    program.addSubcommand(new InfoCommand(terminal()));
    program.addSubcommand(new ListCommand(terminal()));
    program.addSubcommand(new PinCommand.Pin(terminal()));
    program.addSubcommand(new PinCommand.Unpin(terminal()));
    program.addSubcommand(new GcCommand(terminal()));
    program.addSubcommand(new VerifyCommand(terminal()));
    program.addSubcommand(new StatusCommand(terminal()));
    program.addSubcommand(KeyCommand.commandLine(terminal()));
    program.addSubcommand(new RehearseCommand(terminal()));
    program.addSubcommand(new HelpCommand());
    return program
        .setOut(new PrintWriter(terminal().out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(terminal().err(), true, StandardCharsets.UTF_8))
        .setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF));
  }

  /** Without a command there is nothing to do but to say which there are. */
  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "which command? 'spindrift up' starts a node");
  }

  /** Reads the version from the program's own jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version =
          Optional.ofNullable(Program.class.getPackage().getImplementationVersion())
              .orElse("(development)");
      return new String[] {"spindrift " + version};
    }
  }
}
