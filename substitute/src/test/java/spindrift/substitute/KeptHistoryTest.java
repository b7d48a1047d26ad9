package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.nix.StorePath;
import spindrift.substitute.LookupReport.Answer;
import spindrift.substitute.LookupReport.Kind;

/** What happened to paths is remembered for a while, also when the node was stopped. */
final class KeptHistoryTest {
  private static final StorePath A = LookupNode.path('a');
  private static final StorePath B = LookupNode.path('b');

  private final Instant now = Instant.ofEpochMilli(Instant.now().toEpochMilli());

  @TempDir Path folder;

  @Test
  void remembersEverythingOverARestart() throws Exception {
    LookupReport found = lookUp(A, now, "accepted");
    LookupReport absent =
        new LookupReport(
            B.hashPart(),
            Optional.empty(),
            now,
            Duration.ofMillis(3),
            List.of(),
            "absent",
            List.of());
    Transfer transfer = transfer(A, Transfer.State.DONE);
    try (KeptHistory history = open()) {
      history.lookedUp(found);
      history.lookedUp(absent);
      history.transferred(transfer);
      assertThat(history.past(A.hashPart()).lookUps()).containsExactly(found);
    }
    try (KeptHistory history = open()) {
      assertThat(history.past(A.hashPart()))
          .isEqualTo(new History.Past(List.of(found), List.of(transfer)));
      assertThat(history.past(B.hashPart()))
          .isEqualTo(new History.Past(List.of(absent), List.of()));
      assertThat(history.past("c".repeat(32))).isEqualTo(History.Past.NOTHING);
      assertThat(history.past("' OR 1=1 --")).isEqualTo(History.Past.NOTHING);
    }
  }

  @Test
  void showsTheNewestFirst() throws Exception {
    try (KeptHistory history = open()) {
      for (String outcome : List.of("one", "two", "three")) {
        history.lookedUp(lookUp(A, now, outcome));
      }
      assertThat(history.past(A.hashPart()).lookUps())
          .extracting(LookupReport::outcome)
          .containsExactly("three", "two", "one");
    }
  }

  @Test
  void forgetsTheOldestWhenThereAreTooMany() throws Exception {
    Path file = folder.resolve("history.db");
    try (KeptHistory history = KeptHistory.open(file, 100)) {
      for (int i = 0; i < 250; i++) {
        history.lookedUp(lookUp(i < 200 ? A : B, now, "number " + i));
      }
      assertThat(history.past(B.hashPart()).lookUps()).hasSize(40);
      assertThat(history.past(A.hashPart()).lookUps().getFirst().outcome()).isEqualTo("number 199");
    }
    try (HistoryFile kept = HistoryFile.open(file, 100)) {
      assertThat(kept.events()).isEqualTo(100);
    }
  }

  @Test
  void forgetsWhatIsOld() throws Exception {
    Instant old = now.minus(KeptHistory.AGE).minusSeconds(60);
    try (KeptHistory history = open()) {
      history.lookedUp(lookUp(A, old, "accepted"));
      assertThat(history.past(A.hashPart())).isEqualTo(History.Past.NOTHING);
    }
  }

  @Test
  void cutsShortWhatOthersWroteAtLength() throws Exception {
    Answer answer =
        new Answer(
            "https://" + "x".repeat(100_000),
            Kind.FAILED,
            Duration.ZERO,
            "\ud83d\ude00".repeat(9999));
    LookupReport report =
        new LookupReport(
            A.hashPart(),
            Optional.of(A),
            now,
            Duration.ZERO,
            Collections.nCopies(5000, answer),
            "absent",
            Collections.nCopies(5000, "y".repeat(10_000)));
    try (KeptHistory history = open()) {
      history.lookedUp(report);
      LookupReport kept = history.past(A.hashPart()).lookUps().getFirst();
      assertThat(kept.answers()).hasSize(32);
      assertThat(kept.answers().getFirst().source()).hasSize(300);
      assertThat(kept.answers().getFirst().detail()).isEqualTo("\ud83d\ude00".repeat(300));
      assertThat(kept.reasons()).hasSize(32);
    }
  }

  /** A history is not worth a node that does not start. */
  @Test
  void beginsAnewWhenTheFileIsDamaged() throws Exception {
    Path file = folder.resolve("history.db");
    Files.writeString(file, "not a database, and long enough to be one. ".repeat(100));
    try (KeptHistory history = open()) {
      history.lookedUp(lookUp(A, now, "accepted"));
      assertThat(history.past(A.hashPart()).lookUps()).hasSize(1);
    }
  }

  @Test
  void neverWaitsForTheDisk() throws Exception {
    LookupReport report = lookUp(A, now, "accepted");
    try (KeptHistory history = open()) {
      for (int i = 0; i < 20_000; i++) {
        history.lookedUp(report);
      }
      assertThat(history.past(A.hashPart()).lookUps()).isNotEmpty();
    }
  }

  @Test
  void closesTwice() throws Exception {
    KeptHistory history = open();
    history.close();
    history.close();
    history.lookedUp(lookUp(A, now, "late"));
  }

  private KeptHistory open() throws Exception {
    return KeptHistory.open(folder.resolve("history.db"));
  }

  private static LookupReport lookUp(StorePath path, Instant at, String outcome) {
    return new LookupReport(
        path.hashPart(),
        Optional.of(path),
        at,
        Duration.ofMillis(12),
        List.of(
            new Answer("https://cache.example.org", Kind.FOUND, Duration.ofMillis(9), ""),
            new Answer("local", Kind.ABSENT, Duration.ofNanos(17), ""),
            new Answer("https://dead.example.org", Kind.FAILED, Duration.ofSeconds(1), "refused")),
        outcome,
        List.of("signed by cache.example.org-1"));
  }

  private Transfer transfer(StorePath path, Transfer.State state) {
    return new Transfer(
        path,
        now,
        state,
        1000,
        1000,
        10,
        5000,
        List.of(new Transfer.Source("https://cache.example.org", 990, 6000)),
        1,
        List.of("https://dead.example.org: stalled"));
  }
}
