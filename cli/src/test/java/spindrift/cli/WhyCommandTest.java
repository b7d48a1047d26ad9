package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.nix.StorePath;
import spindrift.node.Node;
import spindrift.node.NodeConfig;
import spindrift.substitute.KeptHistory;
import spindrift.substitute.LookupReport;
import spindrift.substitute.LookupReport.Answer;
import spindrift.substitute.LookupReport.Kind;
import spindrift.substitute.Transfer;

/** Where a path came from, or why it did not come, with and without a node. */
@ParameterizedClass
@ValueSource(booleans = {true, false})
class WhyCommandTest {
  private static final StorePath CAME = new StorePath("a".repeat(32), "came-1.0");
  private static final StorePath FAILED = new StorePath("b".repeat(32), "failed-1.0");
  private static final StorePath REFUSED = new StorePath("c".repeat(32), "refused-1.0");
  private static final String PEER = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
  private static final String CACHE = "https://cache.nixos.org";

  private final Instant at = Instant.now().minusSeconds(60);

  @Parameter private boolean served;
  @TempDir private Path folder;
  private Path data;
  private Optional<Node> node = Optional.empty();

  @BeforeEach
  void remember() throws Exception {
    data = folder.resolve("data");
    Files.createDirectories(data);
    try (KeptHistory history = KeptHistory.open(data.resolve("history.db"))) {
      history.lookedUp(report(CAME, "absent", List.of(), answer(CACHE, Kind.ABSENT, 12, "")));
      history.lookedUp(
          report(
              CAME,
              "accepted",
              List.of("signed by cache.nixos.org-1 (from " + CACHE + ")"),
              answer(CACHE, Kind.FOUND, 23, ""),
              answer(PEER, Kind.ABSENT, 2, ""),
              answer("https://dead.example.org", Kind.SKIPPED, 0, "failed lately")));
      history.transferred(
          new Transfer(
              CAME,
              at,
              Transfer.State.DONE,
              52_000_000,
              52_000_000,
              2_000_000,
              48_000_000,
              List.of(
                  new Transfer.Source(CACHE, 40_000_000, 41_000_000),
                  new Transfer.Source(PEER, 10_000_000, 9_000_000)),
              1,
              List.of(CACHE + ": stalled")));
      history.lookedUp(
          report(
              FAILED,
              "absent",
              List.of(),
              answer(CACHE, Kind.LATE, 1500, ""),
              answer("https://x.example", Kind.FAILED, 7, "\u001b[31mconnection refused")));
      history.lookedUp(
          report(
              REFUSED,
              "refused",
              List.of("trusted keys disagree: no 2 of them can sign the same any more"),
              answer(CACHE, Kind.FOUND, 20, "")));
    }
    if (served) {
      node =
          Optional.of(
              Node.start(
                  NodeConfig.defaults()
                      .withListen("127.0.0.1:0")
                      .withP2pListen(List.of("none"))
                      .withMoreUpstreams(List.of("none"))
                      .withStore("none")
                      .withData(data)));
    }
  }

  @AfterEach
  void stop() throws Exception {
    if (node.isPresent()) {
      node.get().close();
    }
  }

  @Test
  void saysWhereAPathCameFrom() {
    String text = why(CAME.baseName());
    assertThat(text)
        .startsWith("/nix/store/" + CAME.baseName() + "\n")
        .containsPattern("here +no\n")
        .containsPattern("looked up +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d, 40.0 ms: accepted")
        .containsPattern("trust +signed by cache.nixos.org-1")
        .containsPattern("found +23.0 ms  https://cache.nixos.org\n")
        .containsPattern("absent +2.0 ms  peer " + end(PEER))
        .containsPattern("skipped +-  https://dead.example.org: failed lately\n")
        .containsPattern("before +\\d{4}-.*: absent\n")
        .containsPattern("transfer +.*, done: 52.0 MB of 52.0 MB, 48.0 MB/s\n")
        .containsPattern("2.0 MB were here already\n")
        .containsPattern("40.0 MB from https://cache.nixos.org, 41.0 MB/s\n")
        .containsPattern("10.0 MB from peer " + end(PEER) + ", 9.0 MB/s\n")
        .containsPattern("a source was replaced once\n")
        .containsPattern("https://cache.nixos.org: stalled");
    assertThat(text.lines()).hasSizeLessThan(20).allMatch(line -> line.length() <= 80);
  }

  @Test
  void saysWhyAPathDidNotCome() {
    assertThat(why(FAILED.hashPart()).lines()).allMatch(line -> line.length() <= 80);
    assertThat(flat(why(FAILED.hashPart())))
        .startsWith("/nix/store/" + FAILED.baseName() + "\n")
        .containsPattern("late +1.5 s  https://cache.nixos.org ")
        .containsPattern("failed +7.0 ms  https://x.example: \\?\\[31mconnection refused\n")
        .contains("Nobody who answered has it.");
    assertThat(why(REFUSED.hashPart())).contains("trusted keys disagree").contains("trust.keys");
  }

  @Test
  void saysWhatToDoWhereNothingIsRemembered() {
    assertThat(flat(why("0".repeat(32))))
        .startsWith("0".repeat(32) + "\n")
        .contains("Nobody has asked this node for it in the last 30 days.")
        .contains(served ? "--now" : "'spindrift up' starts one");
  }

  @Test
  void writesItAllAsJson() throws Exception {
    JsonObject item =
        Json.asObject(ran("--json", CAME.hashPart()).expectSuccess().json().items("items").get(0));
    assertThat(item.text("path")).isEqualTo("/nix/store/" + CAME.baseName());
    assertThat(item.text("here")).isEqualTo("no");
    assertThat(item.items("lookUps")).hasSize(2);
    JsonObject last = Json.asObject(item.items("lookUps").getFirst());
    assertThat(last.text("outcome")).isEqualTo("accepted");
    assertThat(last.whole("tookMicros")).isEqualTo(40_000);
    JsonObject peer = Json.asObject(last.items("answers").get(1));
    assertThat(peer.text("source")).isEqualTo(PEER);
    assertThat(peer.text("answer")).isEqualTo("absent");
    JsonObject transfer = Json.asObject(item.items("transfers").getFirst());
    assertThat(transfer.whole("failOvers")).isEqualTo(1);
    assertThat(transfer.items("sources")).hasSize(2);
  }

  @Test
  void looksUpNowOnlyWhereANodeRuns() {
    Ran ran = ran("--now", CAME.hashPart());
    assertThat(ran.status()).isEqualTo(served ? ExitCode.DONE : ExitCode.USAGE);
    assertThat(ran.err()).hasLineCount(served ? 0 : 1);
    assertThat(ran("not-a-path").status()).isEqualTo(ExitCode.USAGE);
  }

  private static String flat(String text) {
    return text.replaceAll("\\n {6,}", " ");
  }

  private String why(String path) {
    return ran(path).expectSuccess().text();
  }

  private Ran ran(String... arguments) {
    List<String> all = new ArrayList<>(List.of("why", "--data", data.toString()));
    if (!served) {
      all.addAll(List.of("--store", "none"));
    }
    all.addAll(List.of(arguments));
    return Ran.spindrift(all);
  }

  private static String end(String peer) {
    return peer.substring(peer.length() - 8);
  }

  private LookupReport report(
      StorePath path, String outcome, List<String> reasons, Answer... answers) {
    return new LookupReport(
        path.hashPart(),
        Optional.of(path),
        at,
        Duration.ofMillis(40),
        List.of(answers),
        outcome,
        reasons);
  }

  private static Answer answer(String source, Kind kind, long millis, String detail) {
    return new Answer(source, kind, Duration.ofMillis(millis), detail);
  }
}
