package spindrift.cli;

import picocli.CommandLine.Command;
import spindrift.base.JsonObject;

/** {@code spindrift id}. */
@Command(
    name = "id",
    description = {
      "Show by what name, and where, peers know this node.",
      "",
      "The name is a key in the data directory, so it stays when the machine's address changes.",
      ""
    },
    footer = {"", "Examples:", "  spindrift id", "  spindrift id --json | jq -r '.addresses[0]'"})
final class IdCommand extends NodeCommand {
  IdCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(NodeSession session, Display display) throws Exception {
    JsonObject result = session.run("id", JsonObject.EMPTY, NoReporter.NONE);
    if (isJson()) {
      display.print(result);
      return ExitCode.DONE;
    }
    display.print(
        new Fields()
            .add("peer id", Members.text(result, "peer"))
            .add("as a CID", Members.text(result, "cid"))
            .add("addresses", Members.texts(result, "addresses"))
            .render(""));
    if (Members.texts(result, "addresses").isEmpty()) {
      display.remark(
          "it has no addresses while no node with peers runs; 'spindrift up' starts one");
    }
    return ExitCode.DONE;
  }
}
