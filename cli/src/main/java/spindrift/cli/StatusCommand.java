package spindrift.cli;

import java.util.Optional;
import picocli.CommandLine.Command;
import spindrift.base.JsonObject;

/** {@code spindrift status}. */
@Command(
    name = "status",
    description = {"Show what a node has, and what it does where it runs.", ""},
    footer = {"", "Examples:", "  spindrift status", "  spindrift status --json | jq .narBytes"})
final class StatusCommand extends NodeCommand {
  StatusCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(NodeSession session, Display display) throws Exception {
    JsonObject result = session.run("status", JsonObject.EMPTY, NoReporter.NONE);
    if (isJson()) {
      display.print(result);
      return ExitCode.DONE;
    }
    Fields fields = new Fields();
    Optional<JsonObject> running = result.optionalObject("node");
    fields.add("node", running.isPresent() ? "running" : "not running; 'spindrift up' starts it");
    if (running.isPresent()) {
      for (String name : running.get().members().keySet()) {
        fields.add("  " + name, Members.text(running.get(), name));
      }
    }
    String store = Members.text(result, "store");
    display.print(
        fields
            .add("data", Members.text(result, "data"))
            .add("store", store.isEmpty() ? "none" : store)
            .add("paths", paths(result))
            .add("kept blocks", blocks(result))
            .add("references", references(result))
            .add("quota", quota(result))
            .render(""));
    return ExitCode.DONE;
  }

  private static String paths(JsonObject result) {
    return Members.whole(result, "records")
        + ", of them "
        + Members.whole(result, "pinned")
        + " pinned; NARs of "
        + Amounts.bytes(Members.whole(result, "narBytes"));
  }

  private static String blocks(JsonObject result) {
    return Members.whole(result, "blocks")
        + " ("
        + Amounts.bytes(Members.whole(result, "blockBytes"))
        + ") in "
        + Amounts.count(Members.whole(result, "packs"), "pack")
        + " ("
        + Amounts.bytes(Members.whole(result, "packBytes"))
        + ")";
  }

  private static String references(JsonObject result) {
    return Amounts.count(Members.whole(result, "references"), "leaf").replace("leafs", "leaves")
        + " in files of the store";
  }

  private static String quota(JsonObject result) {
    return result.find("quota").isPresent()
        ? Amounts.binaryBytes(Members.whole(result, "quota"))
        : "none";
  }
}
