package spindrift.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import spindrift.base.JsonObject;
import spindrift.nix.StoreDir;
import spindrift.node.StorePathArgument;

/** A command that asks a node one thing and prints the answer. */
abstract class NodeCommand extends TerminalCommand implements Callable<Integer> {
  @Mixin private final NodeOptions node = new NodeOptions();

  @Option(names = "--json", description = "Print one JSON document, with sizes in bytes.")
  private boolean json;

  NodeCommand(Terminal terminal) {
    super(terminal);
  }

  /** Asks, prints, and returns the exit code. */
  abstract int run(NodeSession session, Display display) throws Exception;

  /** What to do where no data directory is. */
  NodeSession.Absence absence() {
    return NodeSession.Absence.FAIL;
  }

  @Override
  public final Integer call() throws Exception {
    try (NodeSession session = node.open(absence());
        Display display = new Display(terminal())) {
      int status = run(session, display);
      display.clear();
      terminal().requireWritten();
      return status;
    }
  }

  final boolean isJson() {
    return json;
  }

  /** The argument {@code paths}, with links such as {@code ./result} replaced by their targets. */
  static JsonObject pathsArgument(List<String> paths) {
    return JsonObject.of("paths", paths.stream().map(NodeCommand::resolved).toList());
  }

  static String resolved(String path) {
    return StorePathArgument.resolveLink(StoreDir.DEFAULT, path);
  }
}
