package spindrift.cli;

import java.io.PrintStream;
import java.util.function.LongSupplier;

/**
 * One line on a terminal that says how far work is, how fast it goes and how long it will take:
 * drawn in place, only when work has lasted a second, and gone when it is over. Safe for use by
 * several threads.
 */
final class ProgressLine {
  private static final long SECOND = 1_000_000_000;
  private static final long FIRST = SECOND;
  private static final long BETWEEN = SECOND / 5;

  /** The rate is that of the last one to two windows, so that it follows changes and is steady. */
  private static final long WINDOW = 5 * SECOND;

  /** Terminals are this wide or wider; a line that wraps could not be redrawn. */
  private static final int COLUMNS = 79;

  private static final String CLEAR = "\r\033[K";

  private final PrintStream screen;
  private final LongSupplier nanoTime;
  private final long start;
  private long nextDraw;
  private long total = -1;
  private Sample older;
  private Sample newer;
  private boolean drawn;

  /** How far work was at a time. */
  private record Sample(long nanos, long done) {}

  ProgressLine(PrintStream screen) {
    this(screen, System::nanoTime);
  }

  ProgressLine(PrintStream screen, LongSupplier nanoTime) {
    this.screen = screen;
    this.nanoTime = nanoTime;
    this.start = nanoTime.getAsLong();
    this.nextDraw = start + FIRST;
    this.older = new Sample(start, 0);
    this.newer = older;
  }

  /** Work is at {@code done} of {@code bytes} bytes. */
  synchronized void report(long done, long bytes, String what) {
    long now = nanoTime.getAsLong();
    if (bytes != total || done < newer.done()) {
      total = bytes;
      older = new Sample(now, done);
      newer = older;
    }
    if (now - newer.nanos() >= WINDOW) {
      older = newer;
      newer = new Sample(now, done);
    }
    if (now - nextDraw >= 0) {
      nextDraw = now + BETWEEN;
      screen.print(CLEAR + line(now, done, what));
      screen.flush();
      drawn = true;
    }
  }

  /** Makes room for other output; the line comes back with the next report. */
  synchronized void clear() {
    if (drawn) {
      screen.print(CLEAR);
      screen.flush();
      drawn = false;
    }
  }

  private String line(long now, long done, String what) {
    String line =
        (total > 0 ? done * 100 / total + "%  " : "")
            + Amounts.bytes(done)
            + (total > 0 ? " of " + Amounts.bytes(total) : "");
    double seconds = (double) (now - older.nanos()) / SECOND;
    double rate = seconds > 0 ? (done - older.done()) / seconds : 0;
    if (rate >= 1) {
      line += "  " + Amounts.bytes((long) rate) + "/s";
      if (total > done) {
        line += "  " + Amounts.seconds((long) Math.ceil((total - done) / rate)) + " left";
      }
    }
    line += "  " + what;
    return line.length() <= COLUMNS ? line : line.substring(0, COLUMNS - 1) + "…";
  }
}
