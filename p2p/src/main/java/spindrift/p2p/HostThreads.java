package spindrift.p2p;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads of a host: virtual ones for its work, and one platform thread that ends what takes
 * too long. Safe for use by several threads; the lock is this object.
 */
final class HostThreads {
  private static final Logger LOG = System.getLogger(HostThreads.class.getName());

  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("p2p-timer").factory());
  private final Set<Thread> cancellable = new HashSet<>();
  private int running;
  private boolean closed;

  HostThreads() {
    timer.setRemoveOnCancelPolicy(true);
  }

  /**
   * Runs a task on a virtual thread of its own.
   *
   * @throws RejectedExecutionException once this is closed
   */
  Thread start(String name, Runnable task) {
    synchronized (this) {
      if (closed) {
        throw new RejectedExecutionException("the host is closed");
      }
      running++;
    }
    return Thread.ofVirtual().name("p2p-" + name).start(() -> run(name, task));
  }

  private void run(String name, Runnable task) {
    try {
      task.run();
    } catch (RejectedExecutionException e) {
      // The host was closed while this ran, which ends it as it should.
      LOG.log(Level.DEBUG, "ended by close thread={0}", name);
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "failed thread=" + name, e);
    } finally {
      synchronized (this) {
        running--;
        notifyAll();
      }
    }
  }

  /** As {@link #start}; the thread is interrupted when this is closed. */
  Thread startCancellable(String name, Runnable task) {
    return start(
        name,
        () -> {
          synchronized (this) {
            cancellable.add(Thread.currentThread());
            if (closed) {
              Thread.currentThread().interrupt();
            }
          }
          try {
            task.run();
          } finally {
            synchronized (this) {
              cancellable.remove(Thread.currentThread());
            }
          }
        });
  }

  /**
   * Runs a short task that does not block once some time has passed, unless the returned alarm is
   * closed before.
   */
  Alarm after(Duration time, Runnable task) {
    try {
      ScheduledFuture<?> future = timer.schedule(task, time.toNanos(), TimeUnit.NANOSECONDS);
      return () -> future.cancel(false);
    } catch (RejectedExecutionException e) {
      // Whatever would take too long after the end is too long already.
      task.run();
      return () -> {};
    }
  }

  /** Takes back what {@link #after} has planned. */
  interface Alarm extends AutoCloseable {
    @Override
    void close();
  }

  /** Starts no more, and waits for those that run. */
  synchronized void close(Duration patience) throws InterruptedException {
    closed = true;
    timer.shutdownNow();
    cancellable.forEach(Thread::interrupt);
    Deadline deadline = Deadline.in(patience);
    while (running > 0 && !deadline.passed()) {
      TimeUnit.NANOSECONDS.timedWait(this, deadline.left().toNanos());
    }
  }
}
