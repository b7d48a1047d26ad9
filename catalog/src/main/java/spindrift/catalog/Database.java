package spindrift.catalog;

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
import java.util.concurrent.locks.ReentrantLock;

/**
 * The SQLite file that has what cannot be derived from anything else: records, staged uploads,
 * documents. A write that returned survives loss of power.
 *
 * <p>One connection, one lock: a query costs microseconds, and a write waits for the disk once.
 * Safe for use by several threads.
 */
final class Database implements AutoCloseable {
  /** Raised when tables change; a file of a newer version is refused. */
  private static final int SCHEMA = 2;

  /** Whether a record's narinfo says that the object was addressed by the file or tree it is. */
  static final String HAS_CA = "instr(narinfo, char(10) || 'CA: fixed:') > 0";

  /** The content address and what follows; the longest has 120 characters. */
  static final String CA = "substr(narinfo, instr(narinfo, char(10) || 'CA: fixed:') + 5, 130)";

  private final Connection connection;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, PreparedStatement> statements = new HashMap<>();

  /** Work on the connection, done under the lock. */
  @FunctionalInterface
  interface Work<T> {
    T run(Database database) throws SQLException, IOException;
  }

  /** Steps of one transaction. */
  @FunctionalInterface
  interface Steps {
    void run(Database database) throws SQLException, IOException;
  }

  /** Reads the present row of a result. */
  @FunctionalInterface
  interface RowReader<T> {
    T read(ResultSet row) throws SQLException, IOException;
  }

  private Database(Connection connection) {
    this.connection = connection;
  }

  /** Opens or creates the file. */
  static Database open(Path file) throws IOException {
    try {
      Connection connection = connect(file);
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA journal_mode = WAL");
        statement.execute("PRAGMA synchronous = FULL");
        statement.execute("PRAGMA cache_size = -4096");
        int version;
        try (ResultSet row = statement.executeQuery("PRAGMA user_version")) {
          version = row.getInt(1);
        }
        if (version > SCHEMA) {
          throw new IOException(
              file + " was written by a newer Spindrift (schema " + version + "); use that one");
        }
        createTables(statement);
        statement.execute("PRAGMA user_version = " + SCHEMA);
      } catch (SQLException | IOException e) {
        connection.close();
        throw e;
      }
      return new Database(connection);
    } catch (SQLException e) {
      throw cannotOpen(file, e);
    }
  }

  /** Opens the file beside another one, to read while that one waits for the disk. */
  static Database openReader(Path file) throws IOException {
    try {
      Connection connection = connect(file);
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA query_only = ON");
        statement.execute("PRAGMA cache_size = -4096");
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
      return new Database(connection);
    } catch (SQLException e) {
      throw cannotOpen(file, e);
    }
  }

  private static Connection connect(Path file) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file);
  }

  private static IOException cannotOpen(Path file, SQLException e) {
    return new IOException("cannot open " + file + ": " + e.getMessage(), e);
  }

  private static void createTables(Statement statement) throws SQLException {
    statement.execute(
        """
        CREATE TABLE IF NOT EXISTS records (
          hash_part TEXT PRIMARY KEY, name TEXT NOT NULL, narinfo TEXT NOT NULL,
          nar_hash BLOB NOT NULL, nar_size INTEGER NOT NULL,
          nar_view BLOB NOT NULL, tree_view BLOB NOT NULL,
          origin TEXT NOT NULL, pin TEXT NOT NULL, fingerprint BLOB,
          added INTEGER NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID\
        """);
    statement.execute("CREATE INDEX IF NOT EXISTS records_by_nar_hash ON records (nar_hash)");
    statement.execute(
        "CREATE INDEX IF NOT EXISTS records_by_ca ON records (" + CA + ") WHERE " + HAS_CA);
    statement.execute("CREATE INDEX IF NOT EXISTS records_by_use ON records (pin, used)");
    statement.execute(
        """
        CREATE TABLE IF NOT EXISTS staged (
          url TEXT PRIMARY KEY, nar_hash BLOB NOT NULL, nar_size INTEGER NOT NULL,
          file_hash BLOB NOT NULL, file_size INTEGER NOT NULL,
          nar_view BLOB NOT NULL, tree_view BLOB NOT NULL, compression TEXT NOT NULL,
          at INTEGER NOT NULL, claimed INTEGER NOT NULL) WITHOUT ROWID\
        """);
    statement.execute(
        """
        CREATE TABLE IF NOT EXISTS documents (
          name TEXT PRIMARY KEY, content BLOB NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID\
        """);
    // What schema 1 did not have; a catalog of that version gets it empty, and Sharing fills it.
    for (List<String> tables :
        List.of(SharedObjects.TABLES, RememberedInfos.TABLES, KeptDocuments.TABLES)) {
      for (String table : tables) {
        statement.execute(table);
      }
    }
  }

  /** Runs work under the lock, outside a transaction. */
  <T> T run(Work<T> work) throws IOException {
    lock.lock();
    try {
      return work.run(this);
    } catch (SQLException e) {
      throw new IOException("catalog database: " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  /** Runs work in one transaction: all of it is durable on return, or none of it happened. */
  void inTransaction(Steps steps) throws IOException {
    run(
        database -> {
          connection.setAutoCommit(false);
          try {
            steps.run(database);
            connection.commit();
            return true;
          } catch (SQLException | IOException | RuntimeException e) {
            connection.rollback();
            throw e;
          } finally {
            connection.setAutoCommit(true);
          }
        });
  }

  /** Changes rows and tells how many; to be called inside {@link #run}. */
  int update(String sql, Object... parameters) throws SQLException {
    return bind(sql, parameters).executeUpdate();
  }

  /** Hands each row of a query to a reader; to be called inside {@link #run}. */
  <T> List<T> query(RowReader<T> reader, String sql, Object... parameters)
      throws SQLException, IOException {
    List<T> rows = new ArrayList<>();
    try (ResultSet result = bind(sql, parameters).executeQuery()) {
      while (result.next()) {
        rows.add(reader.read(result));
      }
    }
    return rows;
  }

  private PreparedStatement bind(String sql, Object... parameters) throws SQLException {
    PreparedStatement statement = statements.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      statements.put(sql, statement);
    }
    for (int i = 0; i < parameters.length; i++) {
      Object parameter = parameters[i];
      if (parameter instanceof Null) {
        statement.setObject(i + 1, null);
      } else {
        statement.setObject(i + 1, parameter);
      }
    }
    return statement;
  }

  /** Stands for SQL's NULL among parameters. */
  enum Null {
    NULL
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      for (PreparedStatement statement : statements.values()) {
        statement.close();
      }
      connection.close();
    } catch (SQLException e) {
      throw new IOException("closing the catalog database: " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }
}
