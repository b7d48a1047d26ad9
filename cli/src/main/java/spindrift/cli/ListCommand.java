package spindrift.cli;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import spindrift.base.JsonObject;

/** {@code spindrift ls}. */
@Command(
    name = "ls",
    description = {
      "List the catalog.",
      "",
      "Each line has the size of a path's NAR, whether it is pinned, where it came from (store or"
          + " upload), and the path.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  spindrift ls 'gcc-*'",
      "  spindrift ls --json | jq -r '.items[] | select(.pinned | not).path'"
    })
final class ListCommand extends NodeCommand {
  @Parameters(
      arity = "0..1",
      paramLabel = "PATTERN",
      description = "Names to show, with * and ?; all where none is given.")
  private @Nullable String pattern;

  ListCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(NodeSession session, Display display) throws Exception {
    JsonObject arguments = JsonObject.EMPTY;
    if (pattern != null) {
      arguments = arguments.with("pattern", pattern);
    }
    JsonObject asked = arguments;
    if (isJson()) {
      display.printItems(reporter -> session.run("ls", asked, reporter));
    } else {
      session.run("ls", asked, display.reporter(item -> display.print(line(item))));
    }
    return ExitCode.DONE;
  }

  private static String line(JsonObject item) {
    return String.format(
        Locale.ROOT,
        "%8s  %-6s  %-6s  %s",
        Amounts.bytes(Members.whole(item, "narSize")),
        Members.truth(item, "pinned") ? "pinned" : "-",
        Members.text(item, "origin"),
        Members.text(item, "path"));
  }
}
