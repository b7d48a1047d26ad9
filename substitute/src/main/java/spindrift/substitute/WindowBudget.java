package spindrift.substitute;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import spindrift.base.AbsentException;

/** Memory for blocks on their way, shared by all transfers. Safe for use by several threads. */
final class WindowBudget {
  /** A quarter of the node's heap. */
  static final long TOTAL_BYTES = 64L << 20;

  /** Of one transfer: keeps 10 Gbit/s busy over a round trip of 13 ms. */
  static final long WINDOW_BYTES = 16L << 20;

  /** What a transfer needs to be worth its while. */
  private static final long LEAST_BYTES = 1L << 20;

  private final long totalBytes;
  private long freeBytes;

  WindowBudget(long totalBytes) {
    this.totalBytes = totalBytes;
    this.freeBytes = totalBytes;
  }

  /** Part of the memory, until it is closed. Its size grows up to what was wanted. */
  final class Lease implements AutoCloseable {
    private final long wanted;
    private volatile long bytes;

    private Lease(long wanted, long bytes) {
      this.wanted = wanted;
      this.bytes = bytes;
    }

    /** How much it may be at the most. */
    long wanted() {
      return wanted;
    }

    long bytes() {
      if (bytes < wanted) {
        grow(this);
      }
      return bytes;
    }

    @Override
    public void close() {
      release(this);
    }
  }

  /**
   * Takes what is wanted, or less when others need it too.
   *
   * @throws AbsentException when there was nothing left for too long
   */
  Lease lease(long wantedBytes, Duration patience) throws InterruptedIOException, AbsentException {
    long wanted = Math.clamp(wantedBytes, 1, Math.min(WINDOW_BYTES, totalBytes));
    long least = Math.min(wanted, LEAST_BYTES);
    long until = System.nanoTime() + patience.toNanos();
    synchronized (this) {
      while (freeBytes < least) {
        long left = until - System.nanoTime();
        if (left <= 0) {
          throw new AbsentException("memory for one more transfer is not to be had");
        }
        try {
          TimeUnit.NANOSECONDS.timedWait(this, left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted while a transfer waited to begin");
        }
      }
      long granted = Math.min(wanted, Math.max(least, freeBytes / 2));
      freeBytes -= granted;
      return new Lease(wanted, granted);
    }
  }

  /** Takes what is wanted if that leaves as much for others; does not wait. */
  synchronized Optional<Lease> leaseNow(long wanted) {
    if (freeBytes < 2 * wanted) {
      return Optional.empty();
    }
    freeBytes -= wanted;
    return Optional.of(new Lease(wanted, wanted));
  }

  private synchronized void grow(Lease lease) {
    long more = Math.min(lease.wanted - lease.bytes, freeBytes / 2);
    if (more >= LEAST_BYTES) {
      freeBytes -= more;
      lease.bytes += more;
    }
  }

  private synchronized void release(Lease lease) {
    freeBytes += lease.bytes;
    lease.bytes = 0;
    notifyAll();
  }
}
