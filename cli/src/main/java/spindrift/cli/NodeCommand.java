package spindrift.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import spindrift.base.JsonObject;
import spindrift.nix.StoreDir;
import spindrift.node.StorePathArgument;

/** A command that asks a node one thing and prints the answer. */
abstract class NodeCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final NodeOptions node = new NodeOptions();
  @Mixin private final CommonOptions common = new CommonOptions();

  @Option(names = "--json", description = "Print one JSON document, with sizes in bytes.")
  private boolean json;

  NodeCommand(Terminal terminal) {
    this.terminal = terminal;
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
        Display display = new Display(terminal)) {
      int status = run(session, display);
      display.close();
      terminal.requireWritten();
      return status;
    }
  }

  final Terminal terminal() {
    return terminal;
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
