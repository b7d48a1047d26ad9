package spindrift.p2p;

import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * A moment by which work must be done.
 *
 * @param nanoTime on the clock of {@link System#nanoTime}
 */
record Deadline(long nanoTime) {
  static Deadline in(Duration time) {
    return new Deadline(System.nanoTime() + time.toNanos());
  }

  boolean passed() {
    return nanoTime - System.nanoTime() <= 0;
  }

  /** The time left; zero once it has passed. */
  Duration left() {
    return Duration.ofNanos(Math.max(0, nanoTime - System.nanoTime()));
  }

  /**
   * The time left.
   *
   * @param what had to be done, as a noun
   * @throws SocketTimeoutException once it has passed
   */
  Duration leftFor(String what) throws SocketTimeoutException {
    if (passed()) {
      throw new SocketTimeoutException("no time left for " + what);
    }
    return left();
  }

  /** This one, or a given time from now where that comes first. */
  Deadline within(Duration time) {
    Deadline other = in(time);
    return nanoTime - other.nanoTime < 0 ? this : other;
  }
}
