package spindrift.cli;

import java.io.PrintStream;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** The log as lines {@code HH:MM:SS level verb key=value}. Safe for use by several threads. */
final class LogLines extends Handler {
  private static final SimpleFormatter MESSAGES = new SimpleFormatter();

  /** Held on to: a level is forgotten with its logger. */
  private static final Logger ROOT = Logger.getLogger("");

  private static final Logger OWN = Logger.getLogger("spindrift");

  private final Sink out;

  private LogLines(Sink out) {
    this.out = out;
  }

  /** Takes lines. */
  interface Sink {
    void println(String line);

    void flush();
  }

  /** Life cycle, warnings and errors go to the stream; of libraries, warnings and errors. */
  static void informTo(PrintStream out) {
    log(direct(out), Level.INFO);
  }

  /** The same by way of a queue, for threads that must not wait for who reads the stream. */
  static void informBehind(PrintStream out) {
    log(LogQueue.start(out), Level.INFO);
  }

  /** Warnings and errors go to the stream. */
  static void warnTo(PrintStream out) {
    log(direct(out), Level.WARNING);
  }

  /** What was logged is on its stream, unless that takes nothing. */
  static void flushAll() {
    for (Handler handler : ROOT.getHandlers()) {
      handler.flush();
    }
  }

  private static Sink direct(PrintStream out) {
    return new Sink() {
      @Override
      public void println(String line) {
        out.println(line);
      }

      @Override
      public void flush() {
        out.flush();
      }
    };
  }

  private static void log(Sink out, Level own) {
    for (Handler handler : ROOT.getHandlers()) {
      ROOT.removeHandler(handler);
    }
    ROOT.setLevel(Level.WARNING);
    OWN.setLevel(own);
    ROOT.addHandler(new LogLines(out));
  }

  @Override
  public void publish(LogRecord record) {
    if (isLoggable(record)) {
      out.println(line(record));
    }
  }

  static String line(LogRecord record) {
    LocalTime time =
        LocalTime.ofInstant(record.getInstant(), ZoneId.systemDefault())
            .truncatedTo(ChronoUnit.SECONDS);
    String clock =
        String.format(
            Locale.ROOT, "%02d:%02d:%02d", time.getHour(), time.getMinute(), time.getSecond());
    String line = clock + " " + name(record.getLevel()) + " " + MESSAGES.formatMessage(record);
    Throwable cause = record.getThrown();
    if (cause != null) {
      line += " cause=" + cause;
    }
    return line.strip().replaceAll("\\s*\\R\\s*", "; ");
  }

  private static String name(Level level) {
    if (level.intValue() >= Level.SEVERE.intValue()) {
      return "error";
    }
    if (level.intValue() >= Level.WARNING.intValue()) {
      return "warn";
    }
    return level.intValue() >= Level.INFO.intValue() ? "info" : "debug";
  }

  @Override
  public void flush() {
    out.flush();
  }

  @Override
  public void close() {
    out.flush();
  }
}
