package spindrift.exchange;

import java.time.Duration;
import java.util.Arrays;

/** Bytes in all, and a second over the last five seconds. Safe for use by several threads. */
final class RateMeter {
  private static final int SLOTS = 10;
  private static final long SLOT_NANOS = Duration.ofMillis(500).toNanos();

  private final long start = System.nanoTime();
  private final long[] slots = new long[SLOTS];
  private long present;
  private long count;
  private long total;

  /** Counts one thing of so many bytes. */
  synchronized void add(long bytes) {
    advance();
    slots[(int) (present % SLOTS)] += bytes;
    total += bytes;
    count++;
  }

  synchronized long count() {
    return count;
  }

  synchronized long total() {
    return total;
  }

  synchronized long perSecond() {
    advance();
    long covered = Math.clamp(present + 1, 2, SLOTS) * SLOT_NANOS;
    return (long) (Arrays.stream(slots).sum() * (double) Duration.ofSeconds(1).toNanos() / covered);
  }

  private void advance() {
    long now = (System.nanoTime() - start) / SLOT_NANOS;
    long first = Math.max(present + 1, now - SLOTS + 1);
    for (long slot = first; slot <= now; slot++) {
      slots[(int) (slot % SLOTS)] = 0;
    }
    present = Math.max(present, now);
  }
}
