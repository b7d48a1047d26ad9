package spindrift.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import spindrift.base.JsonObject;
import spindrift.node.Mounted;

/** {@code spindrift mounts}. */
@Command(
    name = "mounts",
    description = {"List what 'spindrift mount' has mounted on this machine.", ""},
    footer = {"", "Example:", "  spindrift mounts --json | jq -r .items[].directory"})
final class MountsCommand extends TerminalCommand implements Callable<Integer> {
  @Mixin private final NodeOptions node = new NodeOptions();

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  MountsCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws Exception {
    List<JsonObject> mounts = Mounted.list(node.config().data());
    try (Display display = new Display(terminal())) {
      if (json) {
        display.print(JsonObject.of("items", mounts));
      } else {
        for (JsonObject mount : mounts) {
          display.print(line(mount));
        }
      }
      terminal().requireWritten();
    }
    return ExitCode.DONE;
  }

  private static String line(JsonObject mount) throws Exception {
    String state = "%-8s %s".formatted(mount.text("condition"), mount.text("directory"));
    if (mount.find("pid").isEmpty()) {
      return state;
    }
    return state
        + " pid="
        + mount.whole("pid")
        + " paths="
        + (mount.truth("all") ? "all" : mount.whole("paths"))
        + " since="
        + mount.text("since").replaceFirst("\\.\\d+Z$", "Z")
        + " fetched="
        + Amounts.bytes(mount.whole("fetchedBytes"));
  }
}
