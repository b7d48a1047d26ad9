package spindrift.p2p;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Work that a test does beside its own thread; what it throws reaches the test. */
final class Concurrently<T> {
  private final FutureTask<T> task;

  private Concurrently(FutureTask<T> task) {
    this.task = task;
  }

  /** Something that may fail. */
  interface Action {
    void run() throws Exception;
  }

  static <T> Concurrently<T> call(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread.startVirtualThread(task);
    return new Concurrently<>(task);
  }

  static Concurrently<Void> run(Action work) {
    Callable<Void> call =
        () -> {
          work.run();
          return null;
        };
    return call(call);
  }

  boolean done() {
    return task.isDone();
  }

  T join() throws Exception {
    return task.get(ScriptedYamux.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }
}
