package spindrift.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import spindrift.base.JsonObject;

/** {@code spindrift gc}. */
@Command(
    name = "gc",
    description = {
      "Collect garbage.",
      "",
      "It removes records whose files Nix has collected, records over the quota that are not"
          + " pinned, and blocks that no record needs. Files of the Nix store are never touched.",
      ""
    },
    footer = {"", "Example: see what would go", "  spindrift gc --unpinned --dry-run"})
final class GcCommand extends NodeCommand {
  @Option(names = "--dry-run", description = "Only say what would be removed.")
  private boolean dryRun;

  @Option(names = "--unpinned", description = "Remove every record that is not pinned.")
  private boolean unpinned;

  GcCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(NodeSession session, Display display) throws Exception {
    JsonObject arguments = JsonObject.of("dryRun", dryRun, "unpinned", unpinned);
    JsonObject result = session.run("gc", arguments, display.reporter(item -> {}));
    if (isJson()) {
      display.print(result);
      return ExitCode.DONE;
    }
    long records =
        Members.whole(result, "recordsWithoutFiles") + Members.whole(result, "recordsEvicted");
    display.print(
        (dryRun ? "would remove " : "removed ")
            + Amounts.count(records, "record")
            + " and "
            + Amounts.count(Members.whole(result, "blocksRemoved"), "block")
            + " ("
            + Amounts.bytes(Members.whole(result, "bytesRemoved"))
            + ")"
            + (dryRun ? "" : ", freed " + Amounts.bytes(Members.whole(result, "bytesFreed"))));
    return ExitCode.DONE;
  }
}
