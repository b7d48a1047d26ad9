package spindrift.substitute;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Events in an SQLite file, the oldest of which go when there are too many. */
final class HistoryFile implements AutoCloseable {
  /** Raised when tables change; a file of another version is begun anew. */
  private static final int SCHEMA = 1;

  /** Ours: nobody reads more of one path. */
  private static final int MAX_FOUND = 40;

  private final Connection connection;
  private final int maxEvents;

  /** What an event is about. */
  enum Kind {
    LOOK_UP,
    TRANSFER
  }

  /** An event. */
  record Row(String hashPart, Instant at, Kind kind, String json) {}

  private HistoryFile(Connection connection, int maxEvents) {
    this.connection = connection;
    this.maxEvents = maxEvents;
  }

  static HistoryFile open(Path path, int maxEvents) throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path);
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode = WAL");
      // Nothing is lost but the last events, and only with the machine's power.
      statement.execute("PRAGMA synchronous = NORMAL");
      statement.execute("PRAGMA cache_size = -512");
      int version;
      try (ResultSet row = statement.executeQuery("PRAGMA user_version")) {
        version = row.getInt(1);
      }
      if (version != SCHEMA && version != 0) {
        throw new SQLException("schema " + version);
      }
      statement.execute(
          """
          CREATE TABLE IF NOT EXISTS events (
            id INTEGER PRIMARY KEY, hash_part TEXT NOT NULL, at INTEGER NOT NULL,
            kind TEXT NOT NULL, json TEXT NOT NULL)\
          """);
      statement.execute("CREATE INDEX IF NOT EXISTS events_by_path ON events (hash_part, id)");
      statement.execute("PRAGMA user_version = " + SCHEMA);
      return new HistoryFile(connection, maxEvents);
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** Writes events, in one transaction, and drops the oldest. */
  synchronized void append(List<Row> rows) throws SQLException {
    if (rows.isEmpty()) {
      return;
    }
    connection.setAutoCommit(false);
    try (PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO events (hash_part, at, kind, json) VALUES (?, ?, ?, ?)");
        PreparedStatement drop =
            connection.prepareStatement(
                "DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?")) {
      for (Row row : rows) {
        insert.setString(1, row.hashPart());
        insert.setLong(2, row.at().toEpochMilli());
        insert.setString(3, row.kind().name());
        insert.setString(4, row.json());
        insert.executeUpdate();
      }
      drop.setInt(1, maxEvents);
      drop.executeUpdate();
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    } finally {
      connection.setAutoCommit(true);
    }
  }

  /** The newest events of the path with a hash part, the newest first. */
  synchronized List<Row> find(String hashPart, Instant since) throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT at, kind, json FROM events WHERE hash_part = ? AND at >= ?"
                + " ORDER BY id DESC LIMIT "
                + MAX_FOUND)) {
      query.setString(1, hashPart);
      query.setLong(2, since.toEpochMilli());
      try (ResultSet result = query.executeQuery()) {
        while (result.next()) {
          rows.add(
              new Row(
                  hashPart,
                  Instant.ofEpochMilli(result.getLong(1)),
                  Kind.valueOf(result.getString(2)),
                  result.getString(3)));
        }
      }
    }
    return rows;
  }

  synchronized long events() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM events")) {
      return row.getLong(1);
    }
  }

  @Override
  public synchronized void close() throws SQLException {
    connection.close();
  }
}
