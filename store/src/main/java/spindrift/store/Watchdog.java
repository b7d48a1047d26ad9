package spindrift.store;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Closes what a thread is blocked on when a deadline passes, because neither Unix sockets nor pipes
 * have read timeouts. One thread serves all guards of a store.
 */
final class Watchdog implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Watchdog.class.getName());

  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("nix-daemon-watchdog").factory());

  Watchdog() {
    timer.setRemoveOnCancelPolicy(true);
    timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /**
   * Closes {@code victim} unless the guard is closed, or reports progress, within the limit.
   *
   * @throws IOException when the store was closed meanwhile
   */
  Guard guard(Closeable victim, Duration limit) throws IOException {
    Guard guard = new Guard(victim, limit.toNanos());
    try {
      guard.schedule(limit.toNanos());
    } catch (RejectedExecutionException e) {
      throw new IOException("the store is closed", e);
    }
    return guard;
  }

  /** Runs a task again and again, each time after this pause. */
  void every(Duration pause, Runnable task) {
    var _ =
        timer.scheduleWithFixedDelay(task, pause.toNanos(), pause.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }

  /** A deadline on one call. */
  final class Guard implements AutoCloseable {
    private final Closeable victim;
    private final long limitNanos;
    private volatile long lastProgress = System.nanoTime();
    private volatile boolean expired;
    private volatile boolean over;
    private volatile Future<?> task = CompletableFuture.completedFuture(null);

    private Guard(Closeable victim, long limitNanos) {
      this.victim = victim;
      this.limitNanos = limitNanos;
    }

    /** Starts the time anew. */
    void progress() {
      lastProgress = System.nanoTime();
    }

    boolean expired() {
      return expired;
    }

    @Override
    public void close() {
      over = true;
      task.cancel(false);
    }

    private void schedule(long nanos) {
      task = timer.schedule(this::check, nanos, TimeUnit.NANOSECONDS);
    }

    private void check() {
      long left = limitNanos - (System.nanoTime() - lastProgress);
      if (over) {
        return;
      }
      if (left > 0 && !timer.isShutdown()) {
        schedule(left);
        return;
      }
      expired = true;
      try {
        victim.close();
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "close failed", e);
      }
    }
  }
}
