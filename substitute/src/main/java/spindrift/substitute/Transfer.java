package spindrift.substitute;

import java.time.Instant;
import java.util.List;
import spindrift.nix.StorePath;

/**
 * One NAR on its way.
 *
 * @param narBytes in all
 * @param doneBytes that have come so far
 * @param localBytes of these, how many were here already
 * @param bytesPerSecond over the last seconds while it runs, over all of it afterwards
 * @param failOvers how often a source was replaced by another
 * @param reasons the first of these, as {@code source: why}
 */
public record Transfer(
    StorePath path,
    Instant started,
    State state,
    long narBytes,
    long doneBytes,
    long localBytes,
    long bytesPerSecond,
    List<Source> sources,
    int failOvers,
    List<String> reasons) {
  /** Ours: nobody reads more. */
  static final int MAX_REASONS = 20;

  /** How a transfer stands. */
  public enum State {
    RUNNING,
    DONE,
    FAILED
  }

  /**
   * Where bytes came from.
   *
   * @param name a peer's id, an upstream's URL, {@code gateway}
   */
  public record Source(String name, long bytes, long bytesPerSecond) {}

  public Transfer {
    sources = List.copyOf(sources);
    reasons = List.copyOf(reasons);
  }
}
