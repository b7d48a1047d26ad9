package spindrift.p2p;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Addresses that could not be dialled, and from when on each may be tried again.
 *
 * <p>Safe for use by several threads; the lock is this object.
 */
final class DialBackoff {
  /** After the first failure; twice as long after each further one. As go-libp2p. */
  static final Duration FIRST = Duration.ofSeconds(5);

  /** As go-libp2p. */
  static final Duration LONGEST = Duration.ofMinutes(5);

  /** Ours: so many addresses are remembered; the one that failed longest ago goes first. */
  static final int MAX_REMEMBERED = 4096;

  private final Map<Multiaddr, Failure> failures = new LinkedHashMap<>();
  private final LongSupplier nanoClock;

  /**
   * @param nanoClock like {@link System#nanoTime}
   */
  DialBackoff(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  synchronized boolean allows(Multiaddr address) {
    Failure failure = failures.get(address);
    return failure == null || nanoClock.getAsLong() - failure.until >= 0;
  }

  synchronized void failed(Multiaddr address) {
    // Removed and put back, so that the order is that of the failures.
    Failure last = failures.remove(address);
    Duration pause = last == null ? FIRST : last.pause.multipliedBy(2);
    pause = pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
    failures.put(address, new Failure(pause, nanoClock.getAsLong() + pause.toNanos()));
    if (failures.size() > MAX_REMEMBERED) {
      failures.remove(failures.keySet().iterator().next());
    }
  }

  synchronized void forget(Multiaddr address) {
    failures.remove(address);
  }

  /** For when the network is another than it was. */
  synchronized void forgetAll() {
    failures.clear();
  }

  private record Failure(Duration pause, long until) {}
}
