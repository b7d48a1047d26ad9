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
      description = {"Keep paths of the catalog from being given up.", ""},
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
        "Let paths of the catalog be given up.",
        "",
        "'spindrift gc --unpinned' gives them up, and so does a node that reaches its quota.",
        ""
      },
      footer = {"", "Example:", "  spindrift unpin /nix/store/HASH-NAME"})
  static final class Unpin extends PinCommand {
    Unpin(Terminal terminal) {
      super(terminal, "unpin");
    }
  }
}
