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

  /** Ours: what one passage does not grow into, so that some more of them can begin. */
  private static final int KEPT_DIVISOR = 4;

  private final long totalBytes;
  private final long passageBytes;
  private long freeBytes;
  private long freePassageBytes;

  WindowBudget(long totalBytes) {
    this.totalBytes = totalBytes;
    this.passageBytes = totalBytes / 2;
    this.freeBytes = totalBytes;
    this.freePassageBytes = passageBytes;
  }

  private enum Kind {
    USUAL,
    PASSAGE
  }

  /** Part of the memory, until it is closed. Its size grows up to what was wanted. */
  final class Lease implements AutoCloseable {
    private final Kind kind;
    private final long wanted;
    private volatile long bytes;
    private boolean closed;

    private Lease(Kind kind, long wanted, long bytes) {
      this.kind = kind;
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
      return new Lease(Kind.USUAL, wanted, granted);
    }
  }

  /**
   * Takes what is wanted, or less, for a transfer that lasts for as long as a client likes. All of
   * these together have half of the memory at the most, or clients that do not read would stop
   * everybody. Does not wait.
   */
  synchronized Optional<Lease> leaseForPassage(long wantedBytes) {
    long wanted = Math.clamp(wantedBytes, 1, Math.min(WINDOW_BYTES, passageBytes));
    long least = Math.min(wanted, LEAST_BYTES);
    long room = Math.min(freeBytes, freePassageBytes);
    if (room < least) {
      return Optional.empty();
    }
    long granted = Math.min(wanted, Math.max(least, room / KEPT_DIVISOR));
    Lease lease = new Lease(Kind.PASSAGE, wanted, 0);
    take(lease, granted);
    return Optional.of(lease);
  }

  /** Takes what is wanted if that leaves as much for others; does not wait. */
  synchronized Optional<Lease> leaseNow(long wanted) {
    if (freeBytes < 2 * wanted) {
      return Optional.empty();
    }
    freeBytes -= wanted;
    return Optional.of(new Lease(Kind.USUAL, wanted, wanted));
  }

  private synchronized void grow(Lease lease) {
    long room =
        switch (lease.kind) {
          case USUAL -> freeBytes / 2;
          case PASSAGE -> Math.min(freeBytes / 2, freePassageBytes - passageBytes / KEPT_DIVISOR);
        };
    long more = Math.min(lease.wanted - lease.bytes, room);
    if (more >= LEAST_BYTES && !lease.closed) {
      take(lease, more);
    }
  }

  private synchronized void take(Lease lease, long more) {
    freeBytes -= more;
    freePassageBytes -= lease.kind == Kind.PASSAGE ? more : 0;
    lease.bytes += more;
  }

  private synchronized void release(Lease lease) {
    take(lease, -lease.bytes);
    lease.closed = true;
    notifyAll();
  }
}
