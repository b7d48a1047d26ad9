package spindrift.substitute;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Times for answers that are to say nothing of what it took to find out. */
final class EvenTime {
  /** Ours: that there is nothing is told at a multiple of this after the request. */
  private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private EvenTime() {}

  /**
   * Waits for the next of them.
   *
   * @param start of the request, by the clock of {@link System#nanoTime}
   */
  static void await(long start) throws InterruptedException {
    long steps = (System.nanoTime() - start) / STEP_NANOS + 1;
    long until = start + steps * STEP_NANOS;
    for (long now = System.nanoTime(); now < until; now = System.nanoTime()) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      LockSupport.parkNanos(until - now);
    }
  }
}
