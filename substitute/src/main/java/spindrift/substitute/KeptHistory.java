package spindrift.substitute;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;

/**
 * A history in a file, which outlives the node. One thread writes what was noted, many at a time;
 * who notes something never waits, and when that thread cannot follow, something is forgotten. What
 * was noted in the last moments before the machine lost power is forgotten, too. Safe for use by
 * several threads.
 */
public final class KeptHistory implements History, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(KeptHistory.class.getName());

  /** How long things are remembered. */
  public static final Duration AGE = Duration.ofDays(30);

  /** Ours: look-ups and transfers of ten large closures, some 15 MB. */
  static final int MAX_EVENTS = 20_000;

  private static final int MAX_WAITING = 4096;
  private static final int BATCH = 512;
  private static final Duration STOP_TIME = Duration.ofSeconds(5);

  /**
   * Ours: a closure is hundreds of look-ups within a second, which one transaction takes at once.
   */
  private static final Duration COLLECT = Duration.ofMillis(500);

  private final HistoryFile file;
  private final BlockingQueue<Note> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
  private final Semaphore hurry = new Semaphore(0);
  private final AtomicLong forgotten = new AtomicLong();
  private final Thread writer;
  private volatile boolean closing;

  /** What the writer is given. */
  private sealed interface Note {
    record LookedUp(LookupReport report) implements Note {}

    record Transferred(Transfer transfer) implements Note {}

    /** Everything noted before is written when it is counted down. */
    record Mark(CountDownLatch written) implements Note {}
  }

  private KeptHistory(HistoryFile file) {
    this.file = file;
    this.writer = Thread.ofPlatform().daemon().name("history").unstarted(this::write);
  }

  /** Opens or creates the file; one that is damaged is begun anew. */
  public static KeptHistory open(Path path) throws IOException {
    return open(path, MAX_EVENTS);
  }

  static KeptHistory open(Path path, int maxEvents) throws IOException {
    HistoryFile file;
    try {
      file = HistoryFile.open(path, maxEvents);
    } catch (SQLException e) {
      LOG.log(Level.WARNING, "begin-history anew file={0} why=\"{1}\"", path, e.getMessage());
      for (String suffix : List.of("", "-wal", "-shm")) {
        Files.deleteIfExists(Path.of(path + suffix));
      }
      try {
        file = HistoryFile.open(path, maxEvents);
      } catch (SQLException again) {
        throw new IOException("cannot open " + path + ": " + again.getMessage(), again);
      }
    }
    KeptHistory history = new KeptHistory(file);
    history.writer.start();
    return history;
  }

  @Override
  public void lookedUp(LookupReport report) {
    note(new Note.LookedUp(report));
  }

  @Override
  public void transferred(Transfer transfer) {
    note(new Note.Transferred(transfer));
  }

  private void note(Note note) {
    if (!waiting.offer(note) && forgotten.getAndIncrement() == 0) {
      LOG.log(Level.DEBUG, "forget history why=\"the disk is slow\"");
    }
  }

  @Override
  public Past past(String hashPart) throws IOException {
    awaitWritten();
    List<LookupReport> lookUps = new ArrayList<>();
    List<Transfer> transfers = new ArrayList<>();
    try {
      for (HistoryFile.Row row : file.find(hashPart, Instant.now().minus(AGE))) {
        JsonObject json = Json.parseObject(Bytes.utf8(row.json()));
        switch (row.kind()) {
          case LOOK_UP -> lookUps.add(EventJson.lookUp(json));
          case TRANSFER -> transfers.add(EventJson.transfer(json));
        }
      }
    } catch (SQLException | FaultException e) {
      throw new IOException("cannot read the history: " + e.getMessage(), e);
    }
    return new Past(lookUps, transfers);
  }

  private void awaitWritten() {
    CountDownLatch written = new CountDownLatch(1);
    try {
      // A disk that hangs must not make people wait: they see what was written before.
      boolean isNoted = waiting.offer(new Note.Mark(written), 1, TimeUnit.SECONDS);
      hurry.release();
      if (isNoted && !written.await(1, TimeUnit.SECONDS)) {
        LOG.log(Level.DEBUG, "read-history late");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write() {
    List<Note> batch = new ArrayList<>(BATCH);
    while (!closing || !waiting.isEmpty()) {
      try {
        Note first = waiting.poll(1, TimeUnit.SECONDS);
        if (first == null) {
          continue;
        }
        batch.add(first);
        collect();
        waiting.drainTo(batch, BATCH - 1);
        file.append(batch.stream().flatMap(note -> row(note).stream()).toList());
      } catch (InterruptedException e) {
        LOG.log(Level.DEBUG, "stop-history waiting={0}", waiting.size());
      } catch (SQLException | RuntimeException e) {
        LOG.log(Level.WARNING, "cannot write-history why=\"{0}\"", e.getMessage());
      } finally {
        batch.forEach(KeptHistory::countDown);
        batch.clear();
      }
    }
  }

  /** Lets more come, unless a batch is there or somebody waits for it. */
  private void collect() {
    try {
      if (!closing
          && waiting.size() < BATCH - 1
          && hurry.tryAcquire(COLLECT.toNanos(), TimeUnit.NANOSECONDS)) {
        hurry.drainPermits();
      }
    } catch (InterruptedException e) {
      LOG.log(Level.DEBUG, "stop-history waiting={0}", waiting.size());
    }
  }

  private static List<HistoryFile.Row> row(Note note) {
    return switch (note) {
      case Note.LookedUp(LookupReport report) ->
          List.of(
              new HistoryFile.Row(
                  report.hashPart(),
                  report.started(),
                  HistoryFile.Kind.LOOK_UP,
                  EventJson.of(report).toString()));
      case Note.Transferred(Transfer transfer) ->
          List.of(
              new HistoryFile.Row(
                  transfer.path().hashPart(),
                  transfer.started(),
                  HistoryFile.Kind.TRANSFER,
                  EventJson.of(transfer).toString()));
      case Note.Mark _ -> List.of();
    };
  }

  private static void countDown(Note note) {
    if (note instanceof Note.Mark(CountDownLatch written)) {
      written.countDown();
    }
  }

  /** Writes what was noted. */
  @Override
  public void close() throws IOException {
    closing = true;
    writer.interrupt();
    try {
      if (!writer.join(STOP_TIME)) {
        LOG.log(Level.WARNING, "stop-history late");
      }
      file.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException e) {
      throw new IOException("closing the history: " + e.getMessage(), e);
    }
  }
}
