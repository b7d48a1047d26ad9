package spindrift.cli;

import java.util.ArrayList;
import java.util.List;
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
            .add("transfers", transfers(result))
            .render(""));
    return ExitCode.DONE;
  }

  /** One a line, those under way first. */
  private static List<String> transfers(JsonObject result) {
    List<String> lines = new ArrayList<>();
    for (JsonObject transfer : Members.objects(result, "transfers")) {
      lines.add(
          Members.text(transfer, "state")
              + " "
              + Members.text(transfer, "path").replaceFirst("^.*/[a-z0-9]{32}-", "")
              + ": "
              + Amounts.bytes(Members.whole(transfer, "doneBytes"))
              + " of "
              + Amounts.bytes(Members.whole(transfer, "narBytes"))
              + ", "
              + Amounts.bytes(Members.whole(transfer, "bytesPerSecond"))
              + "/s"
              + sources(transfer));
    }
    return lines;
  }

  private static String sources(JsonObject transfer) {
    List<String> sources = new ArrayList<>();
    if (Members.whole(transfer, "localBytes") > 0) {
      sources.add(Amounts.bytes(Members.whole(transfer, "localBytes")) + " from here");
    }
    for (JsonObject source : Members.objects(transfer, "sources")) {
      String name = Members.text(source, "name");
      sources.add(
          Amounts.bytes(Members.whole(source, "bytes"))
              + " from "
              + (name.contains(":")
                  ? name
                  : name.substring(Math.max(0, name.length() - PeersCommand.SHORT_ID))));
    }
    long failOvers = Members.whole(transfer, "failOvers");
    if (failOvers > 0) {
      sources.add(Amounts.count(failOvers, "source") + " replaced");
    }
    return sources.isEmpty() ? "" : "; " + String.join(", ", sources);
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
