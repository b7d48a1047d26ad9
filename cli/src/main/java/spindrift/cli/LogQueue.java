package spindrift.cli;

import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/**
 * Log lines on their way to a stream that may not be read, such as a terminal that was stopped. Who
 * logs never waits: what finds no place is counted and left out. Safe for use by several threads.
 */
final class LogQueue implements LogLines.Sink {
  /** Ours: some 100 KB. */
  static final int MAX_LINES = 1000;

  /** Ours: how long the end of a process waits for somebody to read. */
  private static final long FLUSH_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final PrintStream out;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<String> lines = new ArrayDeque<>();
  private long dropped;
  private boolean writing;

  private LogQueue(PrintStream out) {
    this.out = out;
  }

  static LogQueue start(PrintStream out) {
    LogQueue queue = new LogQueue(out);
    Thread.ofPlatform().daemon().name("log").start(queue::write);
    return queue;
  }

  @Override
  public void println(String line) {
    lock.lock();
    try {
      if (lines.size() == MAX_LINES) {
        dropped++;
      } else {
        lines.add(line);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private void write() {
    try {
      while (true) {
        out.println(next());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String next() throws InterruptedException {
    lock.lock();
    try {
      writing = false;
      changed.signalAll();
      while (lines.isEmpty() && dropped == 0) {
        changed.await();
      }
      writing = true;
      String line = lines.poll();
      if (line == null) {
        line = LogLines.line(new LogRecord(Level.WARNING, "left-out lines=" + dropped));
        dropped = 0;
      }
      return line;
    } finally {
      lock.unlock();
    }
  }

  /** Waits a moment for what is on its way. */
  @Override
  public void flush() {
    long left = FLUSH_NANOS;
    lock.lock();
    try {
      while ((writing || !lines.isEmpty()) && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }
}
