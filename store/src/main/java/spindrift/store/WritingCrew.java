package spindrift.store;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;

/**
 * Threads that write small files, for many trees at once. What waits for them is bounded. For any
 * number of threads.
 */
final class WritingCrew implements AutoCloseable {
  /** Ours: files that wait; most are of some kilobytes, and the largest together are 32 MiB. */
  private static final int MAX_WAITING = (32 << 20) / TreeWriter.MAX_SMALL;

  private final Semaphore places = new Semaphore(MAX_WAITING);
  // Platform threads: they do nothing but wait for the file system.
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          Math.max(2, Runtime.getRuntime().availableProcessors()),
          Thread.ofPlatform().daemon().name("store-writer-", 0).factory());

  /** Writes one file. */
  interface Work {
    void run() throws IOException;
  }

  /** The files of one tree. */
  Job job() {
    return new Job();
  }

  /** What is written for one tree. For one thread. */
  final class Job {
    private final Phaser left = new Phaser(1);
    private volatile Optional<Throwable> failure = Optional.empty();

    /** Does this soon; fails when what was begun before has failed. */
    void write(Work work) throws IOException {
      requireSound();
      try {
        places.acquire();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw (IOException) new InterruptedIOException("interrupted").initCause(e);
      }
      left.register();
      try {
        threads.execute(() -> run(work));
      } catch (RuntimeException | Error e) {
        leave(); // no thread could be had
        throw e;
      }
    }

    private void run(Work work) {
      try {
        if (failure.isEmpty()) {
          work.run();
        }
      } catch (Throwable e) {
        // Whatever it is, and be it that memory ended: a file is missing or short.
        failure = Optional.of(e);
      } finally {
        leave();
      }
    }

    private void leave() {
      places.release();
      left.arriveAndDeregister();
    }

    /** Returns when all is written. */
    void await() throws IOException {
      settle();
      requireSound();
    }

    /** Returns when nothing is written any more, however it went. */
    void settle() {
      left.arriveAndAwaitAdvance();
    }

    private void requireSound() throws IOException {
      switch (failure.orElse(null)) {
        case null -> {}
        case IOException e -> throw e;
        case Throwable e -> throw new IOException(e);
      }
    }
  }

  @Override
  public void close() {
    threads.close();
  }
}
