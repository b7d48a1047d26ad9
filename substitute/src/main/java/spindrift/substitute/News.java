package spindrift.substitute;

import java.io.InterruptedIOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Counts what has come, for one who waits for more. Safe for use by several threads. */
final class News {
  // A virtual thread that waits in a monitor is woken by way of another thread.
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition more = lock.newCondition();
  private long count;

  long count() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }

  void arrived() {
    lock.lock();
    try {
      count++;
      more.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until there is more than was seen, for so many nanoseconds at the most. */
  void awaitMoreThan(long seen, long nanos) throws InterruptedIOException {
    try {
      lock.lockInterruptibly();
      try {
        long left = nanos;
        while (left > 0 && count <= seen) {
          left = more.awaitNanos(left);
        }
      } finally {
        lock.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while sources were asked");
    }
  }
}
