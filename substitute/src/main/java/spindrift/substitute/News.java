package spindrift.substitute;

import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;

/** Counts what has come, for one who waits for more. Safe for use by several threads. */
final class News {
  private long count;

  synchronized long count() {
    return count;
  }

  synchronized void arrived() {
    count++;
    notifyAll();
  }

  /** Waits until there is more than was seen, for so many nanoseconds at the most. */
  synchronized void awaitMoreThan(long seen, long nanos) throws InterruptedIOException {
    long until = System.nanoTime() + nanos;
    try {
      for (long left = nanos; left > 0 && count <= seen; left = until - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while sources were asked");
    }
  }
}
