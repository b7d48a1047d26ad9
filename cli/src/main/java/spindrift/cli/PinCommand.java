package spindrift.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import spindrift.base.JsonObject;

/** {@code spindrift pin} and {@code spindrift unpin}. */
abstract class PinCommand extends NodeCommand {
  private final String name;

  @Parameters(arity = "1..*", paramLabel = "STOREPATH", description = "Paths in the catalog.")
  private List<String> paths = List.of();

  private PinCommand(Terminal terminal, String name) {
    super(terminal);
    this.name = name;
  }

  @Override
  final int run(NodeSession session, Display display) throws Exception {
    JsonObject result = session.run(name, pathsArgument(paths), NoReporter.NONE);
    if (isJson()) {
      display.print(result);
    }
    return ExitCode.DONE;
  }

  /** Keeps records. */
  @Command(
      name = "pin",
      description = {"Keeps paths that are in the catalog from being given up.", ""},
      footer = {"", "Example:", "  spindrift pin /nix/store/HASH-NAME"})
  static final class Pin extends PinCommand {
    Pin(Terminal terminal) {
      super(terminal, "pin");
    }
  }

  /** Gives records free. */
  @Command(
      name = "unpin",
      description = {
        "Lets the node give paths up: 'spindrift gc --unpinned' does, and so does the quota of a"
            + " running node.",
        ""
      },
      footer = {"", "Example:", "  spindrift unpin /nix/store/HASH-NAME"})
  static final class Unpin extends PinCommand {
    Unpin(Terminal terminal) {
      super(terminal, "unpin");
    }
  }
}
