package spindrift.blocks;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import spindrift.base.RawPath;

/**
 * An SQLite file: one connection that writes, and a few that read beside it, each with its prepared
 * statements. Every error of SQLite leaves here as an {@link IOException}.
 *
 * <p>Safe for use by several threads: writers take turns, readers wait for a free connection.
 */
final class Database implements AutoCloseable {
  /** Look-ups take microseconds, so few connections serve many threads, and each costs memory. */
  private static final int READERS = 3;

  private static final int SQLITE_CORRUPT = 11;
  private static final int SQLITE_NOTADB = 26;
  private static final int WRITER_CACHE_KIB = 2048;
  private static final int READER_CACHE_KIB = 1024;

  private final Path file;
  private final ReentrantLock writing = new ReentrantLock();
  private final Statements writer;
  private final BlockingDeque<Statements> readers = new LinkedBlockingDeque<>();

  /** How many transactions were committed. A reader with an older number looks at the past. */
  private final AtomicLong commits = new AtomicLong();

  private volatile boolean closed;
  private volatile boolean damaged;

  /** When a commit is on disk for certain. */
  enum Durability {
    /** At {@link #harden}, or some time later; a crash takes back whole transactions, in order. */
    DEFERRED("NORMAL"),
    /** When it returns. */
    EVERY_COMMIT("FULL");

    private final String pragma;

    Durability(String pragma) {
      this.pragma = pragma;
    }
  }

  private Database(Path file, Statements writer) {
    this.file = file;
    this.writer = writer;
  }

  /**
   * Opens or creates the file.
   *
   * @param schema what version of the schema this program uses, 1 or more
   * @param statements that make the schema in an empty file
   * @return empty when the file has another schema and is left as it is
   */
  static Optional<Database> open(
      Path file, Durability durability, int schema, List<String> statements) throws IOException {
    try {
      Statements writer = connect(file, durability, WRITER_CACHE_KIB);
      Database database = new Database(file, writer);
      try {
        int found = writer.number("PRAGMA user_version");
        if (found == 0 && writer.number("SELECT count(*) FROM sqlite_master") == 0) {
          database.write(
              session -> {
                for (String statement : statements) {
                  session.execute(statement);
                }
                session.execute("PRAGMA user_version = " + schema);
                return 0;
              });
        } else if (found != schema) {
          database.close();
          return Optional.empty();
        }
        for (int i = 0; i < READERS; i++) {
          Statements reader = connect(file, durability, READER_CACHE_KIB);
          reader.execute("PRAGMA query_only = 1");
          database.readers.add(reader);
        }
        return Optional.of(database);
      } catch (SQLException | IOException e) {
        database.close();
        throw e;
      }
    } catch (SQLException e) {
      throw wrap(file, e);
    }
  }

  private static Statements connect(Path file, Durability durability, int cacheKib)
      throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    Statements session = new Statements(connection);
    session.execute("PRAGMA journal_mode = WAL");
    session.execute("PRAGMA synchronous = " + durability.pragma);
    session.execute("PRAGMA cache_size = -" + cacheKib);
    session.execute("PRAGMA temp_store = MEMORY");
    return session;
  }

  /** Runs a query on a connection of its own. */
  <T> T read(Work<T> work) throws IOException {
    Statements reader = null;
    boolean interrupted = false;
    try {
      while (reader == null) {
        if (closed) {
          throw new IOException(file + " is closed");
        }
        try {
          reader = readers.pollFirst(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          interrupted = true; // a look-up takes microseconds: finish it, then hand the interrupt on
        }
      }
      reader.lookAt(commits.get());
      return work.with(reader);
    } catch (SQLException e) {
      if (reader != null) {
        reader.lookAway();
      }
      throw fault(e);
    } finally {
      if (reader != null) {
        giveBack(reader);
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Runs one transaction: when the work fails, nothing of it remains. */
  <T> T write(Work<T> work) throws IOException {
    writing.lock();
    try {
      writer.execute("BEGIN IMMEDIATE");
      boolean done = false;
      try {
        T result = work.with(writer);
        writer.execute("COMMIT");
        done = true;
        return result;
      } finally {
        if (!done) {
          writer.rollback();
        }
        commits.incrementAndGet();
        releaseIdle();
      }
    } catch (SQLException e) {
      throw fault(e);
    } finally {
      writing.unlock();
    }
  }

  /** Makes every transaction up to now durable. */
  void harden() throws IOException {
    writing.lock();
    try {
      // A commit in this mode syncs the log, and with it everything that lies before it there.
      writer.execute("PRAGMA synchronous = FULL");
      try {
        write(
            session -> {
              session.execute("PRAGMA user_version = " + session.number("PRAGMA user_version"));
              return 0;
            });
      } finally {
        writer.execute("PRAGMA synchronous = NORMAL");
      }
    } catch (SQLException e) {
      throw fault(e);
    } finally {
      writing.unlock();
    }
  }

  /** Whether SQLite finds its own structures sound. */
  boolean sound() throws IOException {
    return read(
        session -> {
          try (ResultSet rows = session.statement("PRAGMA quick_check(1)").executeQuery()) {
            return rows.next() && "ok".equals(rows.getString(1));
          }
        });
  }

  /** Whether an operation failed because the file is not as SQLite wrote it. */
  boolean damaged() {
    return damaged;
  }

  /** Closes each connection when its present user is done. */
  @Override
  public void close() throws IOException {
    closed = true;
    IOException failure = null;
    Statements reader;
    while ((reader = readers.pollFirst()) != null) {
      failure = close(reader, failure);
    }
    writing.lock();
    try {
      failure = close(writer, failure);
    } finally {
      writing.unlock();
    }
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * Ends the reads of connections that nobody uses: a log cannot start anew, and so grows, while
   * somebody looks at its past.
   */
  private void releaseIdle() {
    List<Statements> idle = new ArrayList<>();
    readers.drainTo(idle);
    for (Statements reader : idle) {
      reader.lookAway();
      readers.addFirst(reader);
    }
  }

  private void giveBack(Statements reader) throws IOException {
    readers.addFirst(reader);
    if (!reader.looksAt(commits.get()) && readers.remove(reader)) {
      reader.lookAway();
      readers.addFirst(reader);
    }
    if (closed && readers.remove(reader)) {
      IOException failure = close(reader, null);
      if (failure != null) {
        throw failure;
      }
    }
  }

  private @Nullable IOException close(Statements session, @Nullable IOException earlier) {
    try {
      session.connection.close();
      return earlier;
    } catch (SQLException e) {
      IOException failure = fault(e);
      if (earlier != null) {
        failure.addSuppressed(earlier);
      }
      return failure;
    }
  }

  private IOException fault(SQLException e) {
    int code = e.getErrorCode() & 0xff; // the rest tells kinds of the same error apart
    damaged |= code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
    return wrap(file, e);
  }

  private static IOException wrap(Path file, SQLException e) {
    return new IOException(RawPath.bytes(file).display() + ": " + e.getMessage(), e);
  }

  /** Something done with a connection; a result set must be closed before it returns. */
  @FunctionalInterface
  interface Work<T> {
    T with(Statements session) throws SQLException, IOException;
  }

  /** A connection and its prepared statements, for one thread at a time. */
  static final class Statements {
    private static final long NO_VIEW = -1;

    private final Connection connection;
    private final Map<String, PreparedStatement> prepared = new HashMap<>();

    /** The number of commits when the present read began. */
    private volatile long view = NO_VIEW;

    private Statements(Connection connection) {
      this.connection = connection;
    }

    /** A statement that is prepared once and kept; its parameters are those of its last use. */
    PreparedStatement statement(String sql) throws SQLException {
      PreparedStatement known = prepared.get(sql);
      if (known == null) {
        known = connection.prepareStatement(sql);
        prepared.put(sql, known);
      }
      return known;
    }

    void execute(String sql) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }

    /** The first column of the first row as a number; 0 where there is no row. */
    int number(String sql) throws SQLException {
      return Math.toIntExact(longNumber(sql));
    }

    long longNumber(String sql) throws SQLException {
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery(sql)) {
        return rows.next() ? rows.getLong(1) : 0;
      }
    }

    /**
     * Begins to read, unless that was done since the last commit. To keep reading spares the locks
     * that SQLite takes and drops for each query, which cost more than a look-up.
     */
    private void lookAt(long commit) throws SQLException {
      if (!looksAt(commit)) {
        lookAway();
        execute("BEGIN");
        view = commit;
      }
    }

    private boolean looksAt(long commit) {
      return view == commit;
    }

    private void lookAway() {
      if (view != NO_VIEW) {
        view = NO_VIEW;
        rollback();
      }
    }

    private void rollback() {
      try {
        execute("ROLLBACK");
      } catch (SQLException e) {
        // SQLite has rolled back by itself, as it does when the disk is full.
      }
    }
  }
}
