package spindrift.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.nix.NarInfo;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.substitute.History;
import spindrift.substitute.KeptHistory;
import spindrift.substitute.LookupReport;
import spindrift.substitute.Transfer;

/** Where store paths came from, or why they did not come. Safe for use by several threads. */
final class WhyOperations {
  /** The history in the data directory. */
  static final String FILE = "history.db";

  private final DataDirectory data;
  private final Optional<Operations.Running> running;

  WhyOperations(DataDirectory data, Optional<Operations.Running> running) {
    this.data = data;
    this.running = running;
  }

  /** One item for each of {@code paths}; with {@code now} they are looked up first. */
  JsonObject why(JsonObject arguments, Reporter reporter)
      throws IOException, FaultException, InterruptedException {
    boolean now = arguments.find("now").isPresent() && arguments.truth("now");
    List<String> texts = new ArrayList<>();
    for (JsonValue argument : arguments.items("paths")) {
      texts.add(Json.asText(argument));
    }
    if (running.isPresent()) {
      tell(
          texts, now ? Optional.of(lookUp()) : Optional.empty(), running.get().history(), reporter);
    } else {
      if (now) {
        throw new ConfigException(
            "no node runs on " + data.path() + " to look it up; 'spindrift up' starts one");
      }
      try (KeptHistory history = KeptHistory.open(data.path().resolve(FILE))) {
        tell(texts, Optional.empty(), history, reporter);
      }
    }
    return JsonObject.of("paths", texts.size());
  }

  private Operations.LookUp lookUp() throws ConfigException {
    return running
        .flatMap(Operations.Running::lookUp)
        .orElseThrow(() -> new ConfigException("this node has nobody to look it up at"));
  }

  private void tell(
      List<String> texts, Optional<Operations.LookUp> lookUp, History history, Reporter reporter)
      throws IOException, FaultException, InterruptedException {
    for (String text : texts) {
      String hashPart = StorePathArgument.hashPart(data.storeDir(), text);
      Optional<LookupReport> fresh = Optional.empty();
      if (lookUp.isPresent()) {
        fresh = Optional.of(lookUp.get().lookUp(hashPart));
      }
      reporter.item(story(text, hashPart, fresh, history.past(hashPart)));
    }
  }

  private JsonObject story(
      String text, String hashPart, Optional<LookupReport> fresh, History.Past past)
      throws IOException, FaultException {
    List<LookupReport> lookUps = new ArrayList<>(past.lookUps());
    // It may be in the history by now, and may not.
    fresh.ifPresent(
        report -> {
          lookUps.removeIf(report::equals);
          lookUps.addFirst(report);
        });
    Optional<NarInfo> here = data.cache().narInfo(hashPart);
    StoreDir store = data.storeDir();
    boolean isHashPart = StorePath.isHashPart(text);
    Optional<StorePath> path =
        isHashPart
            ? here.map(NarInfo::path)
                .or(() -> lookUps.stream().flatMap(one -> one.path().stream()).findFirst())
                .or(() -> past.transfers().stream().map(Transfer::path).findFirst())
            : Optional.of(StorePathArgument.storePath(store, text));
    return JsonObject.of(
        "hashPart", hashPart,
        "path", path.map(one -> one.in(store)),
        "here", here.isPresent() ? TrustDescriptions.place(data, here.get()) : "no",
        "trust", here.isPresent() ? TrustDescriptions.of(data, here.get()) : null,
        "rememberedDays", KeptHistory.AGE.toDays(),
        "nodeRuns", running.isPresent(),
        "lookUps", lookUps.stream().map(report -> describe(report, store)).toList(),
        "transfers", past.transfers().stream().map(one -> Descriptions.of(one, store)).toList());
  }

  private static JsonObject describe(LookupReport report, StoreDir store) {
    return JsonObject.of(
        "path", report.path().map(path -> path.in(store)),
        "started", report.started().toString(),
        "tookMicros", report.took().toNanos() / 1000,
        "outcome", report.outcome(),
        "reasons", report.reasons(),
        "answers", report.answers().stream().map(WhyOperations::describe).toList());
  }

  private static JsonObject describe(LookupReport.Answer answer) {
    return JsonObject.of(
        "source", answer.source(),
        "answer", answer.kind().name().toLowerCase(Locale.ROOT),
        "tookMicros", answer.took().toNanos() / 1000,
        "detail", answer.detail());
  }
}
