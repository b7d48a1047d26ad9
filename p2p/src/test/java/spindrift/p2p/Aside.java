package spindrift.p2p;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** A task on a virtual thread of its own, whose end a test waits for. */
final class Aside<T> implements AutoCloseable {
  /** Far more than any of these tasks takes, on a machine that does much else. */
  private static final long DEADLINE_SECONDS = 60;

  private final FutureTask<T> task;
  private final Thread thread;

  private Aside(Callable<T> body) {
    task = new FutureTask<>(body);
    thread = Thread.ofVirtual().start(task);
  }

  static <T> Aside<T> run(Callable<T> body) {
    return new Aside<>(body);
  }

  /** What the task returned; what it threw is thrown here. */
  T result() throws Exception {
    try {
      return task.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
