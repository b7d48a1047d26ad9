package spindrift.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import spindrift.base.JsonObject;

/** {@code spindrift verify}. */
@Command(
    name = "verify",
    description = {
      "Read everything again and say what is damaged.",
      "",
      "Each path's NAR is compared with its hash, each kept block with its CID. The exit code is 1"
          + " when something is damaged.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  spindrift verify",
      "  spindrift verify --json ./result | jq .damaged"
    })
final class VerifyCommand extends NodeCommand {
  @Parameters(
      arity = "0..*",
      paramLabel = "STOREPATH",
      description = "Only these paths; all paths and blocks where none is given.")
  private List<String> paths = List.of();

  VerifyCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(NodeSession session, Display display) throws Exception {
    JsonObject arguments = paths.isEmpty() ? JsonObject.EMPTY : pathsArgument(paths);
    JsonObject result;
    if (isJson()) {
      result = display.printItems(reporter -> session.run("verify", arguments, reporter));
    } else {
      result =
          session.run("verify", arguments, display.reporter(item -> display.print(line(item))));
      display.print(summary(result));
    }
    if (Members.whole(result, "damaged") == 0) {
      return ExitCode.DONE;
    }
    display.remark(
        "damage was found; 'spindrift add PATH' takes a sound store path in again, and what was"
            + " uploaded has to be pushed again");
    return ExitCode.FAILED;
  }

  private static String line(JsonObject item) {
    return "damaged: " + Members.text(item, "damaged") + ": " + Members.text(item, "problem");
  }

  private String summary(JsonObject result) {
    long damaged = Members.whole(result, "damaged");
    return "read "
        + Amounts.count(Members.whole(result, "records"), "path")
        + (paths.isEmpty() ? " and " + Amounts.count(Members.whole(result, "blocks"), "block") : "")
        + (damaged == 0 ? ": all sound" : ": " + damaged + " damaged");
  }
}
