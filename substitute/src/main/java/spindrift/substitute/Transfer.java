package spindrift.substitute;

import java.time.Instant;
import java.util.List;
import spindrift.nix.StorePath;

/**
 * One NAR on its way.
 *
 * @param narBytes in all
 * @param doneBytes given to the client so far
 * @param localBytes of these, how many were here already
 * @param bytesPerSecond over the last seconds while it runs, over all of it afterwards
 */
public record Transfer(
    StorePath path,
    Instant started,
    State state,
    long narBytes,
    long doneBytes,
    long localBytes,
    long bytesPerSecond,
    List<Source> sources) {
  /** How a transfer stands. */
  public enum State {
    RUNNING,
    DONE,
    FAILED
  }

  /**
   * Where bytes came from.
   *
   * @param name a peer's id
   */
  public record Source(String name, long bytes, long bytesPerSecond) {}

  public Transfer {
    sources = List.copyOf(sources);
  }
}
