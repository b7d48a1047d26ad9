package spindrift.substitute;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import spindrift.nix.StorePath;

/**
 * How one look-up of a narinfo went, for people to read afterwards.
 *
 * @param path where any source said it
 * @param answers one for each source, in the order of preference
 * @param outcome what the client was told, in a word: {@code accepted}, {@code refused}, {@code
 *     absent}
 * @param reasons of the trust verdict, if it came to one
 */
public record LookupReport(
    String hashPart,
    Optional<StorePath> path,
    Instant started,
    Duration took,
    List<Answer> answers,
    String outcome,
    List<String> reasons) {

  /** How a source answered. */
  public enum Kind {
    FOUND,
    ABSENT,
    FAILED,
    /** No answer when the look-up ended. */
    LATE,
    /** Not asked, since it failed lately. */
    SKIPPED
  }

  /**
   * What one source answered.
   *
   * @param source its name: {@code local}, {@code offline}, an upstream's URL, a peer's id
   * @param detail why it failed; empty otherwise
   */
  public record Answer(String source, Kind kind, Duration took, String detail) {}

  public LookupReport {
    answers = List.copyOf(answers);
    reasons = List.copyOf(reasons);
  }
}
