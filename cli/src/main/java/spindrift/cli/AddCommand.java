package spindrift.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import spindrift.base.JsonObject;
import spindrift.node.NixLibraries;

/** {@code spindrift add}. */
@Command(
    name = "add",
    description = {
      "Take paths of the Nix store into the catalog.",
      "",
      "Their files stay where they are: the node keeps references into them, not copies. The paths"
          + " are pinned.",
      ""
    },
    footer = {
      "",
      "Examples: the running system with all that it needs; what was just built",
      "  spindrift add -r /run/current-system",
      "  spindrift add -r ./result"
    })
final class AddCommand extends NodeCommand {
  @Option(
      names = {"-r", "--recursive"},
      description = "Also all paths that these refer to (their closure).")
  private boolean recursive;

  @Parameters(arity = "1..*", paramLabel = "STOREPATH", description = "Paths of the Nix store.")
  private List<String> paths = List.of();

  AddCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  NodeSession.Absence absence() {
    return NodeSession.Absence.CREATE;
  }

  @Override
  int run(NodeSession session, Display display) throws Exception {
    NixLibraries.offer(); // for a session in this process
    JsonObject arguments = pathsArgument(paths).with("closure", recursive);
    JsonObject result;
    if (isJson()) {
      result = display.printItems(reporter -> session.run("add", arguments, reporter));
    } else {
      result =
          session.run("add", arguments, display.reporter(item -> display.remark(problem(item))));
      display.print(
          "added "
              + Amounts.count(result.whole("added"), "path")
              + " ("
              + Amounts.bytes(result.whole("narBytes"))
              + "), "
              + result.whole("known")
              + " known already");
    }
    long failed = result.whole("failed");
    if (failed > 0) {
      display.remark(
          Amounts.count(failed, "path")
              + " could not be added; 'nix-store --verify-path PATH' tells whether the store is"
              + " sound");
    }
    return failed > 0 ? ExitCode.FAILED : ExitCode.DONE;
  }

  private static String problem(JsonObject item) {
    return Members.text(item, "path") + ": " + Members.text(item, "problem");
  }
}
