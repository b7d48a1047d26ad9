package spindrift.p2p;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A rate that many share: a token bucket. Whoever wants to pass reserves its place and waits for as
 * long as it is told, so that all are served in the order in which they came. Safe for use by
 * several threads.
 */
final class RateLimit {
  private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

  private final double perSecond;
  private final double burst;
  private final LongSupplier nanoTime;
  private double tokens;
  private long filledAt;

  /**
   * @param perSecond tokens that come in each second; infinite for no limit
   * @param burst tokens that may be taken at once after a pause, at least 1
   */
  RateLimit(double perSecond, double burst) {
    this(perSecond, burst, System::nanoTime);
  }

  RateLimit(double perSecond, double burst, LongSupplier nanoTime) {
    this.perSecond = perSecond;
    this.burst = burst;
    this.nanoTime = nanoTime;
    tokens = burst;
    filledAt = nanoTime.getAsLong();
  }

  /** Lets all pass at once. */
  static RateLimit none() {
    return new RateLimit(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  /** So many bytes a second, in bursts of a tenth of that. */
  static RateLimit bytesPerSecond(long bytes) {
    return new RateLimit(bytes, Math.max(1, bytes / 10.0));
  }

  /** Whether anybody ever has to wait. */
  boolean limits() {
    return perSecond != Double.POSITIVE_INFINITY;
  }

  /** Takes tokens, which may be still to come; the nanoseconds to wait until they have. */
  synchronized long reserve(long amount) {
    if (!limits()) {
      return 0;
    }
    fill();
    tokens -= amount;
    return tokens >= 0 ? 0 : (long) (-tokens / perSecond * NANOS);
  }

  /** Takes one token if there is one. */
  synchronized boolean tryTake() {
    fill();
    if (tokens < 1) {
      return false;
    }
    tokens--;
    return true;
  }

  private void fill() {
    long now = nanoTime.getAsLong();
    tokens = Math.min(burst, tokens + (now - filledAt) / NANOS * perSecond);
    filledAt = now;
  }
}
