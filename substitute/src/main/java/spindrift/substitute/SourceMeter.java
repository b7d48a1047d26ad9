package spindrift.substitute;

import java.time.Duration;
import java.util.List;

/** Counts what comes from one source, and for how long it was waited for. */
final class SourceMeter implements RunningTransfer.Meter {
  private final String name;
  private long bytes;
  private long waitedNanos;
  private long waitsSince = System.nanoTime();

  SourceMeter(String name) {
    this.name = name;
  }

  synchronized void waits() {
    waitsSince = System.nanoTime();
  }

  synchronized void came(long count) {
    bytes += count;
    waitedNanos += System.nanoTime() - waitsSince;
  }

  synchronized long bytes() {
    return bytes;
  }

  synchronized Duration waited() {
    return Duration.ofNanos(Math.max(waitedNanos, 1));
  }

  @Override
  public synchronized List<Transfer.Source> sources() {
    long rate = (long) (bytes / (Math.max(waitedNanos, 1) / 1e9));
    return List.of(new Transfer.Source(name, bytes, rate));
  }
}
