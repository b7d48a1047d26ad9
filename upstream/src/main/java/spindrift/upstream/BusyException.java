package spindrift.upstream;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** An upstream asks to be left alone for a while: 429, or 503 with {@code Retry-After}. */
public final class BusyException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Duration pause;

  /**
   * @param pause as it asked, if it said how long
   */
  public BusyException(String message, Optional<Duration> pause) {
    super(message);
    this.pause = pause.orElse(Duration.ZERO);
  }

  /** How long it asked to be left alone; empty if it did not say. */
  public Optional<Duration> pause() {
    return pause.isZero() ? Optional.empty() : Optional.of(pause);
  }
}
