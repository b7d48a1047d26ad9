package spindrift.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Interrupts work when the process is told to stop (SIGINT, SIGTERM, SIGHUP), and lets the process
 * end only when this is closed, because the work has cleaned up behind itself.
 */
final class EndOnSignal implements AutoCloseable {
  /** Ours: files of a large object are removed within seconds. */
  private static final int PATIENCE_SECONDS = 30;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook;

  private EndOnSignal(Thread worker) {
    this.hook = new Thread(() -> end(worker), "end");
  }

  static EndOnSignal install(Thread worker) {
    EndOnSignal installed = new EndOnSignal(worker);
    Runtime.getRuntime().addShutdownHook(installed.hook);
    return installed;
  }

  private void end(Thread worker) {
    worker.interrupt();
    try {
      if (!closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        System.getLogger(EndOnSignal.class.getName())
            .log(System.Logger.Level.WARNING, "end cut off");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending, and the hook has seen that it may.
      return;
    }
  }
}
