package spindrift.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import spindrift.base.JsonObject;

/** {@code spindrift info}. */
@Command(
    name = "info",
    description = {
      "Show all that is known of store paths.",
      "",
      "'view' says whether the blocks that a path is made of are proved: whether the whole NAR was"
          + " hashed once. Before that it rests on the peer who offered them that the blocks are"
          + " those of the path; the NAR hash is what signatures vouch for.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  spindrift info ./result",
      "  spindrift info --json 9krlzvny65gdc8s7kpb6lkx8cd02c25b | jq '.items[0].narCid'"
    })
final class InfoCommand extends NodeCommand {
  @Parameters(
      arity = "1..*",
      paramLabel = "STOREPATH|HASH",
      description = "Store paths, or their 32 characters of hash.")
  private List<String> paths = List.of();

  InfoCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(NodeSession session, Display display) throws Exception {
    JsonObject arguments = pathsArgument(paths);
    if (isJson()) {
      display.printItems(reporter -> session.run("info", arguments, reporter));
    } else {
      session.run("info", arguments, display.reporter(item -> display.print(text(item))));
    }
    return ExitCode.DONE;
  }

  private static String text(JsonObject item) {
    long size = Members.whole(item, "narSize");
    String exact = size < 1000 ? "" : ", " + size + " bytes";
    return Members.text(item, "path")
        + "\n"
        + new Fields()
            .add("NAR size", Amounts.bytes(size) + exact)
            .add("NAR hash", Members.text(item, "narHash"))
            .add("NAR CID", Members.text(item, "narCid"))
            .add("tree CID", Members.text(item, "treeCid"))
            .add("view", view(item))
            .add("references", Members.texts(item, "references"))
            .add("deriver", Members.text(item, "deriver"))
            .add("content address", Members.text(item, "contentAddress"))
            .add("signatures", Members.texts(item, "signatures"))
            .add("trust", WhyCommand.trust(item))
            .add("public", publicity(item))
            .add("origin", Members.text(item, "origin"))
            .add("pinned", Members.text(item, "pinned"))
            .add("added", Members.time(item, "added"))
            .add("last used", Members.time(item, "used"))
            .render("  ");
  }

  /** What its blocks can be relied on for, by the word for it. */
  private static List<String> view(JsonObject item) {
    return switch (Members.text(item, "view")) {
      case "proved" -> List.of("proved: the NAR that these blocks make was hashed");
      case "claimed" ->
          List.of(
              "not proved: rests on " + Terminal.plain(Members.text(item, "viewBy")),
              "until its whole NAR is hashed: 'spindrift mount --require-proof', or get it");
      default ->
          List.of(
              Members.text(item, "origin").equals("elsewhere")
                  ? "none is offered; its whole NAR has to come"
                  : "not made yet; it is proved when it is");
    };
  }

  private static String publicity(JsonObject item) {
    String because = Members.text(item, "publicBecause");
    return Members.text(item, "public") + (because.isEmpty() ? "" : ", " + because);
  }
}
