package spindrift.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import spindrift.base.JsonObject;
import spindrift.cli.Table.Side;

/** {@code spindrift why}. */
@Command(
    name = "why",
    description = {
      "Show where store paths came from, or why they did not come.",
      "",
      "It shows whom the node asked when Nix wanted the path, what each answered and how long that"
          + " took, what the trust gate made of it, and from whom the bytes came. A node remembers"
          + " this for 30 days, or for the last 20000 events.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  spindrift why ./result",
      "  spindrift why --now /nix/store/9krlzvny65gdc8s7kpb6lkx8cd02c25b-hello",
      "  spindrift why --json ./result | jq '.items[0].lookUps[0].answers'"
    })
final class WhyCommand extends NodeCommand {
  /** Ours: with these it still fits on a screen. */
  private static final int MAX_EARLIER = 3;

  private static final int MAX_ANSWERS = 12;

  /** Of 80 columns, what is left beside the names of fields. */
  private static final int WIDTH = 61;

  @Parameters(
      arity = "1..*",
      paramLabel = "STOREPATH|HASH",
      description = "Store paths, or their 32 characters of hash.")
  private List<String> paths = List.of();

  @Option(names = "--now", description = "Look them up now, at all sources.")
  private boolean now;

  WhyCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  int run(NodeSession session, Display display) throws Exception {
    JsonObject arguments = pathsArgument(paths).with("now", now);
    if (isJson()) {
      display.printItems(reporter -> session.run("why", arguments, reporter));
    } else {
      session.run("why", arguments, display.reporter(item -> display.print(text(item))));
    }
    return ExitCode.DONE;
  }

  private static String text(JsonObject item) {
    String path = Members.text(item, "path");
    Fields fields = new Fields().add("here", Members.text(item, "here"));
    List<JsonObject> lookUps = Members.objects(item, "lookUps");
    List<JsonObject> transfers = Members.objects(item, "transfers");
    if (lookUps.isEmpty()) {
      fields.add("trust", trust(item));
    } else {
      JsonObject last = lookUps.getFirst();
      fields
          .add("looked up", summary(last))
          .add("trust", plain(Members.texts(last, "reasons")))
          .add("asked", answers(Members.objects(last, "answers")))
          .add("before", earlier(lookUps.stream().map(WhyCommand::summary).toList()));
    }
    if (!transfers.isEmpty()) {
      fields
          .add("transfer", transfer(transfers.getFirst()))
          .add("before", earlier(transfers.stream().map(WhyCommand::amount).toList()));
    }
    fields.add("why", advice(item, lookUps, transfers));
    return (path.isEmpty() ? Members.text(item, "hashPart") : path) + "\n" + fields.render("  ");
  }

  /** The verdict on what is here, and its reasons. */
  static List<String> trust(JsonObject item) {
    Optional<JsonObject> trust =
        item.find("trust").isPresent() && item.find("trust").get() instanceof JsonObject object
            ? Optional.of(object)
            : Optional.empty();
    List<String> lines = new ArrayList<>();
    trust.ifPresent(
        verdict -> {
          lines.add(Members.text(verdict, "verdict"));
          lines.addAll(plain(Members.texts(verdict, "reasons")));
        });
    return lines;
  }

  private static String summary(JsonObject lookUp) {
    return Members.time(lookUp, "started")
        + ", "
        + Amounts.micros(Members.whole(lookUp, "tookMicros"))
        + ": "
        + Terminal.plain(Members.text(lookUp, "outcome"));
  }

  private static List<String> answers(List<JsonObject> answers) {
    Table table =
        new Table()
            .column("ANSWER", Side.LEFT)
            .column("TIME", Side.RIGHT)
            .column("SOURCE", Side.LEFT);
    for (JsonObject answer : answers.stream().limit(MAX_ANSWERS).toList()) {
      String kind = Members.text(answer, "answer");
      String detail = Members.text(answer, "detail");
      table.row(
          kind,
          kind.equals("skipped") ? "-" : Amounts.micros(Members.whole(answer, "tookMicros")),
          Terminal.plain(
              brief(Members.text(answer, "source")) + (detail.isEmpty() ? "" : ": " + detail)));
    }
    List<String> lines = new ArrayList<>();
    if (!answers.isEmpty()) {
      lines.addAll(table.render().lines().toList());
    }
    if (answers.size() > MAX_ANSWERS) {
      lines.add("and " + (answers.size() - MAX_ANSWERS) + " more; --json shows all");
    }
    return lines;
  }

  private static List<String> transfer(JsonObject transfer) {
    List<String> lines = new ArrayList<>(List.of(amount(transfer)));
    long local = Members.whole(transfer, "localBytes");
    if (local > 0) {
      lines.add(Amounts.bytes(local) + " were here already");
    }
    for (JsonObject source : Members.objects(transfer, "sources")) {
      lines.add(
          Amounts.bytes(Members.whole(source, "bytes"))
              + " from "
              + Terminal.plain(brief(Members.text(source, "name")))
              + ", "
              + Amounts.bytes(Members.whole(source, "bytesPerSecond"))
              + "/s");
    }
    long failOvers = Members.whole(transfer, "failOvers");
    if (failOvers > 0) {
      lines.add("a source was replaced " + (failOvers == 1 ? "once" : failOvers + " times"));
    }
    lines.addAll(plain(Members.texts(transfer, "reasons")));
    return lines;
  }

  private static String amount(JsonObject transfer) {
    return Members.time(transfer, "started")
        + ", "
        + Members.text(transfer, "state")
        + ": "
        + Amounts.bytes(Members.whole(transfer, "doneBytes"))
        + " of "
        + Amounts.bytes(Members.whole(transfer, "narBytes"))
        + ", "
        + Amounts.bytes(Members.whole(transfer, "bytesPerSecond"))
        + "/s";
  }

  /** All but the newest, as far as they fit. */
  private static List<String> earlier(List<String> all) {
    List<String> lines = new ArrayList<>(all.stream().skip(1).limit(MAX_EARLIER).toList());
    if (all.size() > MAX_EARLIER + 1) {
      lines.add("and " + (all.size() - MAX_EARLIER - 1) + " more; --json shows all");
    }
    return lines;
  }

  private static List<String> advice(
      JsonObject item, List<JsonObject> lookUps, List<JsonObject> transfers) {
    boolean isHere = !Members.text(item, "here").equals("no");
    if (lookUps.isEmpty() && transfers.isEmpty()) {
      String days = " in the last " + Members.text(item, "rememberedDays") + " days";
      return wrapped(
          isHere
              ? "It did not come through this node"
                  + days
                  + ": it was built, copied or pushed here, or was here before."
              : "Nobody has asked this node for it"
                  + days
                  + ". Is the node among the substituters that 'nix config show substituters'"
                  + " lists? "
                  + (Members.truth(item, "nodeRuns")
                      ? "With --now the node looks it up now."
                      : "No node runs here now; 'spindrift up' starts one."));
    }
    String outcome = lookUps.isEmpty() ? "" : Members.text(lookUps.getFirst(), "outcome");
    if (isHere || lookUps.isEmpty() || outcome.equals("accepted")) {
      return List.of();
    }
    boolean isFound =
        Members.objects(lookUps.getFirst(), "answers").stream()
            .anyMatch(answer -> Members.text(answer, "answer").equals("found"));
    return wrapped(
        isFound
            ? "Somebody has it, but it did not pass the trust gate. A key that you trust goes into"
                + " trust.keys, what a path needs into trust.rule."
            : "Nobody who answered has it. With --now the node looks it up again.");
  }

  /** Of a peer's id the end. */
  private static String brief(String source) {
    boolean isPeer = source.length() > 40 && source.indexOf('/') < 0;
    return isPeer ? "peer " + source.substring(source.length() - PeersCommand.SHORT_ID) : source;
  }

  private static List<String> plain(List<String> texts) {
    return texts.stream().map(Terminal::plain).flatMap(text -> wrapped(text).stream()).toList();
  }

  /** In lines that fit behind the names of fields; a long word has a line of its own. */
  private static List<String> wrapped(String text) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > WIDTH) {
        lines.add(line.toString());
        line = new StringBuilder("  ");
        line.append(word);
      } else {
        line.append(line.isEmpty() ? "" : " ").append(word);
      }
    }
    lines.add(line.toString());
    return lines;
  }
}
