package spindrift.cli;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;
import spindrift.node.NixSetup;
import spindrift.node.NixSetup.Plan;
import spindrift.node.NixSetup.Scope;
import spindrift.node.NodeConfig;

/** {@code spindrift setup}: makes other programs use the node. */
@Command(
    name = "setup",
    synopsisSubcommandLabel = "COMMAND",
    description = {"Make other programs use the node.", ""},
    commandListHeading = "%nCommands:%n",
    footer = {"", "Example:", "  spindrift setup nix --dry-run"})
final class SetupCommand extends TerminalCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  private SetupCommand(Terminal terminal) {
    super(terminal);
  }

  static CommandLine commandLine(Terminal terminal) {
    return new CommandLine(new SetupCommand(terminal)).addSubcommand(new Nix(terminal));
  }

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "which command? there is nix");
  }

  /** {@code spindrift setup nix}. */
  @Command(
      name = "nix",
      description = {
        "Make the node the one substituter of Nix.",
        "",
        "Puts some lines, each explained, at the end of nix.conf, and says what they are. Keys stay"
            + " as they are. The file is replaced in one step, and a copy of the old one is kept"
            + " beside it. --undo makes each byte as it was.",
        "",
        "Where NixOS, nix-darwin or home-manager makes the file, nothing is changed, and the lines"
            + " for its configuration are printed.",
        ""
      },
      footer = {
        "",
        "Examples:",
        "  spindrift setup nix --dry-run",
        "  sudo spindrift setup nix",
        "  sudo spindrift setup nix --undo"
      })
  static final class Nix extends TerminalCommand implements Callable<Integer> {
    @Option(names = "--dry-run", description = "Only show what would change.")
    private boolean dryRun;

    @Option(names = "--undo", description = "Take the lines out again.")
    private boolean undo;

    @Option(
        names = "--system",
        description = "Change nix.conf of the whole machine. Default for root.")
    private boolean system;

    @Option(
        names = "--user",
        description =
            "Change nix.conf of this user alone, whom Nix must trust. Default for others.")
    private boolean user;

    @Option(
        names = "--url",
        paramLabel = "URL",
        description = "Where the node serves. Default: http://127.0.0.1:7745.")
    private String url = "http://" + NodeConfig.DEFAULT_LISTEN;

    Nix(Terminal terminal) {
      super(terminal);
    }

    @Override
    public Integer call() throws Exception {
      NixSetup.Surroundings own = NixSetup.Surroundings.ofProcess();
      NixSetup setup =
          new NixSetup(
              new NixSetup.Surroundings(
                  terminal().environment(), own.home(), own.user(), own.groups()));
      Scope scope = scope(own.user());
      String cache = cacheUrl();
      Plan plan = undo ? setup.planUndo(scope, cache) : setup.plan(scope, cache);
      try (Display display = new Display(terminal())) {
        int status =
            switch (plan) {
              case Plan.Nothing nothing -> {
                display.print(
                    nothing.file() + (undo ? " has no such lines" : " is set up already"));
                yield ExitCode.DONE;
              }
              case Plan.Paste paste -> paste(paste, display);
              case Plan.Change change -> change(setup, change, scope, display);
            };
        display.clear();
        terminal().requireWritten();
        return status;
      }
    }

    private Scope scope(String name) throws ConfigException {
      if (system && user) {
        throw new ConfigException("--system and --user are not for one file; leave one out");
      }
      return system || (!user && name.equals("root")) ? Scope.SYSTEM : Scope.USER;
    }

    private String cacheUrl() throws ConfigException {
      try {
        URI uri = URI.create(url);
        boolean plain = url.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '#');
        if (plain && uri.getHost() != null && List.of("http", "https").contains(uri.getScheme())) {
          return url.replaceFirst("/+$", "");
        }
      } catch (IllegalArgumentException e) {
        // Said below.
      }
      throw new ConfigException("url", url, "want one such as http://" + NodeConfig.DEFAULT_LISTEN);
    }

    private int paste(Plan.Paste paste, Display display) {
      display.remark(
          paste.file()
              + " is made by NixOS or the like; nothing was changed. "
              + (undo ? "Take out of" : "Put into")
              + " its configuration:");
      display.print(paste.module().strip());
      return dryRun ? ExitCode.DONE : ExitCode.FAILED;
    }

    private int change(NixSetup setup, Plan.Change change, Scope scope, Display display)
        throws Exception {
      display.print((dryRun ? "would change " : "changes ") + change.file() + ":");
      LineDifference.of(text(change.before()), text(change.after())).forEach(display::print);
      if (!dryRun) {
        setup.apply(change);
        display.print("done");
        if (!undo && Files.exists(NixSetup.backup(change.file()))) {
          display.remark("the old one is kept as " + NixSetup.backup(change.file()));
        }
      }
      if (!undo && !change.earlier().isEmpty()) {
        display.remark(
            "Nix would ask no longer: "
                + String.join(" ", change.earlier())
                + "; the node asks those that it has as upstreams (spindrift up --upstream URL)");
      }
      if (scope == Scope.SYSTEM && Files.exists(Path.of("/nix/var/nix/daemon-socket/socket"))) {
        display.remark(
            "the Nix daemon reads this when it starts: "
                + (Files.isDirectory(Path.of("/Library/LaunchDaemons"))
                    ? "sudo launchctl kickstart -k system/org.nixos.nix-daemon"
                    : "sudo systemctl restart nix-daemon"));
      }
      return ExitCode.DONE;
    }

    private static String text(Optional<Bytes> bytes) {
      return new String(bytes.orElse(Bytes.EMPTY).toArray(), StandardCharsets.UTF_8);
    }
  }
}
