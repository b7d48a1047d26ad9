package spindrift.catalog;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import spindrift.base.FaultException;
import spindrift.nix.NarInfo;
import spindrift.nix.StoreDir;

/**
 * Narinfos that the node has served or indexed, with their signatures, wherever the objects are
 * now: with the network down they are what a peer's copy is judged by. Those put least lately are
 * forgotten. Nobody waits for the disk when one is put: a second's worth may be lost with the
 * power. Safe for use by several threads.
 */
public final class RememberedInfos implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(RememberedInfos.class.getName());

  /** Ours: the closures of some hundred systems; some 200 MB. */
  static final int MAX_ENTRIES = 200_000;

  /** Ours: narinfos that wait for the disk; more are not kept. */
  private static final int MAX_PENDING = 8192;

  /** Ours: large ones would take as much room as hundreds of others. */
  private static final int MAX_REFERENCES = 2000;

  /** Ours: how long narinfos are collected before they are written together. */
  private static final long COLLECT_MILLIS = 1000;

  static final List<String> TABLES =
      List.of(
          """
          CREATE TABLE IF NOT EXISTS remembered (
            hash_part TEXT PRIMARY KEY, narinfo TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID\
          """,
          "CREATE INDEX IF NOT EXISTS remembered_by_age ON remembered (at)");

  private final Database database;
  private final Database reader;
  private final StoreDir storeDir;
  private final int maxEntries;
  private final Map<String, NarInfo> pending = new LinkedHashMap<>();
  private final ReentrantLock writing = new ReentrantLock();
  private boolean collecting;
  private boolean closed;

  RememberedInfos(Database database, Database reader, StoreDir storeDir, int maxEntries) {
    this.database = database;
    this.reader = reader;
    this.storeDir = storeDir;
    this.maxEntries = maxEntries;
  }

  /** The narinfo of the path with this hash part, as it was put last. */
  public Optional<NarInfo> find(String hashPart) throws IOException {
    synchronized (this) {
      NarInfo waiting = pending.get(hashPart);
      if (waiting != null) {
        return Optional.of(waiting);
      }
    }
    Optional<String> text =
        reader
            .run(
                db ->
                    db.query(
                        row -> row.getString(1),
                        "SELECT narinfo FROM remembered WHERE hash_part = ?",
                        hashPart))
            .stream()
            .findFirst();
    try {
      return text.isEmpty() ? Optional.empty() : Optional.of(NarInfo.parse(storeDir, text.get()));
    } catch (FaultException e) {
      throw new IOException("damaged narinfo in the catalog: " + e.getMessage(), e);
    }
  }

  /** Keeps a narinfo soon, in place of an earlier one of the same path; unsigned ones are not. */
  public synchronized void put(NarInfo info) {
    if (closed || !isWorthIt(info) || pending.size() >= MAX_PENDING) {
      return;
    }
    pending.put(info.path().hashPart(), info);
    if (!collecting) {
      collecting = true;
      Thread.ofVirtual().name("remember").start(this::collect);
    }
  }

  private static boolean isWorthIt(NarInfo info) {
    return info.references().size() <= MAX_REFERENCES && !info.signatureLines().isEmpty();
  }

  /** Keeps a narinfo as part of a transaction. */
  static void put(Database db, NarInfo info, StoreDir storeDir) throws SQLException {
    if (isWorthIt(info)) {
      db.update(
          "INSERT OR REPLACE INTO remembered VALUES (?, ?, ?)",
          info.path().hashPart(),
          info.render(storeDir),
          Instant.now().toEpochMilli());
    }
  }

  private void collect() {
    try {
      synchronized (this) {
        if (!closed) {
          TimeUnit.MILLISECONDS.timedWait(this, COLLECT_MILLIS);
        }
      }
      writing.lock();
      try {
        // After that the one who closes writes, and then there is no database any more.
        if (!isClosed()) {
          flush();
        }
      } finally {
        writing.unlock();
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "cannot remember narinfos why=\"{0}\"", e.getMessage());
    } catch (InterruptedException e) {
      LOG.log(Level.ERROR, "remembering was interrupted", e);
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /** Writes what waits. */
  void flush() throws IOException {
    Map<String, NarInfo> batch;
    synchronized (this) {
      batch = new LinkedHashMap<>(pending);
      collecting = false;
    }
    if (batch.isEmpty()) {
      return;
    }
    database.inTransaction(
        db -> {
          for (NarInfo info : batch.values()) {
            put(db, info, storeDir);
          }
          long count =
              db.query(row -> row.getLong(1), "SELECT count(at) FROM remembered").getFirst();
          if (count > maxEntries) {
            db.update(
                "DELETE FROM remembered WHERE hash_part IN"
                    + " (SELECT hash_part FROM remembered ORDER BY at LIMIT ?)",
                count - maxEntries);
          }
        });
    synchronized (this) {
      batch.forEach(pending::remove);
    }
  }

  /** Writes what waits, before the database is closed. */
  @Override
  public void close() throws IOException {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    writing.lock();
    try {
      flush();
    } finally {
      writing.unlock();
    }
  }
}
