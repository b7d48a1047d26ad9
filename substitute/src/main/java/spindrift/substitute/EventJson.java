package spindrift.substitute;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.base.MalformedDataException;
import spindrift.nix.StorePath;

/** Look-ups and transfers as the history keeps them. What others wrote into them is cut short. */
final class EventJson {
  /** Ours: nobody reads about more sources of one path. */
  private static final int MAX_ITEMS = 32;

  private static final int MAX_TEXT = 300;

  private EventJson() {}

  static JsonObject of(LookupReport report) {
    return JsonObject.of(
        "hashPart", report.hashPart(),
        "path", report.path().map(StorePath::baseName),
        "started", report.started().toString(),
        "took", report.took().toNanos(),
        "answers", report.answers().stream().limit(MAX_ITEMS).map(EventJson::of).toList(),
        "outcome", cut(report.outcome()),
        "reasons", cut(report.reasons()));
  }

  private static JsonObject of(LookupReport.Answer answer) {
    return JsonObject.of(
        "source", cut(answer.source()),
        "kind", answer.kind().name(),
        "took", answer.took().toNanos(),
        "detail", cut(answer.detail()));
  }

  static LookupReport lookUp(JsonObject json) throws FaultException {
    List<LookupReport.Answer> answers = new ArrayList<>();
    for (JsonValue item : json.items("answers")) {
      JsonObject answer = Json.asObject(item);
      answers.add(
          new LookupReport.Answer(
              answer.text("source"),
              constant(LookupReport.Kind.class, answer.text("kind")),
              Duration.ofNanos(answer.whole("took")),
              answer.text("detail")));
    }
    Optional<String> path = json.optionalText("path");
    return new LookupReport(
        json.text("hashPart"),
        path.isEmpty() ? Optional.empty() : Optional.of(StorePath.ofBaseName(path.get())),
        instant(json.text("started")),
        Duration.ofNanos(json.whole("took")),
        answers,
        json.text("outcome"),
        texts(json, "reasons"));
  }

  static JsonObject of(Transfer transfer) {
    return JsonObject.of(
        "path", transfer.path().baseName(),
        "started", transfer.started().toString(),
        "state", transfer.state().name(),
        "narBytes", transfer.narBytes(),
        "doneBytes", transfer.doneBytes(),
        "localBytes", transfer.localBytes(),
        "bytesPerSecond", transfer.bytesPerSecond(),
        "sources", transfer.sources().stream().limit(MAX_ITEMS).map(EventJson::of).toList(),
        "failOvers", transfer.failOvers(),
        "reasons", cut(transfer.reasons()));
  }

  private static JsonObject of(Transfer.Source source) {
    return JsonObject.of(
        "name", cut(source.name()),
        "bytes", source.bytes(),
        "bytesPerSecond", source.bytesPerSecond());
  }

  static Transfer transfer(JsonObject json) throws FaultException {
    List<Transfer.Source> sources = new ArrayList<>();
    for (JsonValue item : json.items("sources")) {
      JsonObject source = Json.asObject(item);
      sources.add(
          new Transfer.Source(
              source.text("name"), source.whole("bytes"), source.whole("bytesPerSecond")));
    }
    return new Transfer(
        StorePath.ofBaseName(json.text("path")),
        instant(json.text("started")),
        constant(Transfer.State.class, json.text("state")),
        json.whole("narBytes"),
        json.whole("doneBytes"),
        json.whole("localBytes"),
        json.whole("bytesPerSecond"),
        sources,
        (int) json.whole("failOvers"),
        texts(json, "reasons"));
  }

  private static List<String> texts(JsonObject json, String name) throws FaultException {
    List<String> texts = new ArrayList<>();
    for (JsonValue item : json.items(name)) {
      texts.add(Json.asText(item));
    }
    return texts;
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String name)
      throws MalformedDataException {
    try {
      return Enum.valueOf(type, name);
    } catch (IllegalArgumentException e) {
      throw new MalformedDataException("history", -1, "unknown " + name);
    }
  }

  private static Instant instant(String text) throws MalformedDataException {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new MalformedDataException("history", -1, "no time: " + text);
    }
  }

  private static List<String> cut(List<String> texts) {
    return texts.stream().limit(MAX_ITEMS).map(EventJson::cut).toList();
  }

  /** Not within a pair of surrogates. */
  private static String cut(String text) {
    return text.codePoints()
        .limit(MAX_TEXT)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
