package spindrift.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
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
      "Makes this Nix machine a mirror: gets store paths from other machines for Nix, and serves"
          + " its own to Nix as a binary cache and to IPFS as blocks, without a second copy of"
          + " them."
    },
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "Example: share this machine's store with others, and let Nix use theirs",
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
          commandLine(arguments)
              .setParameterExceptionHandler(failures)
              .setExecutionExceptionHandler(failures)
              .execute(arguments);
      terminal().flush();
      return status;
    } catch (Error e) {
      return failures.report(e);
    }
  }

  /**
   * The program with all commands, or where the first argument names one with that alone: making
   * all takes longer than most commands do.
   */
  CommandLine commandLine(String... arguments) {
    CommandLine program = new CommandLine(this);
    Map<String, Supplier<Object>> all = commands();
    boolean named = arguments.length > 0 && all.containsKey(arguments[0]);
    all.forEach(
        (name, command) -> {
          if (!named || name.equals(arguments[0])) {
            program.addSubcommand(name, command.get());
          }
        });
    if (!named) {
      program.addSubcommand(new HelpCommand());
    }
    return program
        .setOut(new PrintWriter(terminal().out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(terminal().err(), true, StandardCharsets.UTF_8))
        .setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF));
  }

  private Map<String, Supplier<Object>> commands() {
    Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
    commands.put("up", () -> new UpCommand(terminal()));
    commands.put("add", () -> new AddCommand(terminal()));
    commands.put("add-file", () -> new AddFileCommand(terminal()));
    commands.put("get", () -> new GetCommand(terminal()));
    commands.put("realise", () -> new RealiseCommand(terminal()));
    commands.put("store-socket", () -> new StoreSocketCommand(terminal()));
    commands.put("info", () -> new InfoCommand(terminal()));
    commands.put("why", () -> new WhyCommand(terminal()));
    commands.put("ls", () -> new ListCommand(terminal()));
    commands.put("pin", () -> new PinCommand.Pin(terminal()));
    commands.put("unpin", () -> new PinCommand.Unpin(terminal()));
    commands.put("gc", () -> new GcCommand(terminal()));
    commands.put("verify", () -> new VerifyCommand(terminal()));
    commands.put("share", () -> new ShareCommand.Share(terminal()));
    commands.put("unshare", () -> new ShareCommand.Unshare(terminal()));
    commands.put("peers", () -> new PeersCommand(terminal()));
    commands.put("peer", () -> PeerCommand.commandLine(terminal()));
    commands.put("id", () -> new IdCommand(terminal()));
    commands.put("status", () -> new StatusCommand(terminal()));
    commands.put("mount", () -> new MountCommand(terminal()));
    commands.put("umount", () -> new UmountCommand(terminal()));
    commands.put("mounts", () -> new MountsCommand(terminal()));
    commands.put("key", () -> KeyCommand.commandLine(terminal()));
    commands.put("setup", () -> SetupCommand.commandLine(terminal()));
    commands.put("doctor", () -> new DoctorCommand(terminal()));
    commands.put("rehearse", () -> new RehearseCommand(terminal()));
    return commands;
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
