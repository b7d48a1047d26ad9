package spindrift.substitute;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import spindrift.p2p.PeerId;

/** Who left when. Safe for use by several threads. */
final class Attendance implements Peers.Listener {
  /** Ours: more peers than are ever missed at once. */
  private static final int MAX_DEPARTURES = 1024;

  private final Bounded<PeerId, Long> departures = Bounded.ofSize(MAX_DEPARTURES);
  private long arrivals;

  @Override
  public synchronized void connected(PeerId peer) {
    departures.remove(peer);
    arrivals++;
    notifyAll();
  }

  @Override
  public synchronized void disconnected(PeerId peer) {
    departures.put(peer, System.nanoTime());
  }

  /** When the last of these peers left, as {@link System#nanoTime} counts; empty if none did. */
  synchronized OptionalLong lastDeparture(Collection<PeerId> peers) {
    long now = System.nanoTime();
    return peers.stream()
        .flatMap(peer -> departures.get(peer).stream())
        .mapToLong(left -> left - now)
        .max()
        .stream()
        .map(ago -> now + ago)
        .findFirst();
  }

  /** Waits until somebody comes, for so long at the most. */
  synchronized void awaitArrival(Duration patience) throws InterruptedIOException {
    long until = System.nanoTime() + patience.toNanos();
    long before = arrivals;
    try {
      for (long left = patience.toNanos();
          left > 0 && arrivals == before;
          left = until - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while peers were awaited");
    }
  }
}
