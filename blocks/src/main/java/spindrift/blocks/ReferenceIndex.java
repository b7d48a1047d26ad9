package spindrift.blocks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FileIdentity;
import spindrift.blocks.Database.Durability;
import spindrift.blocks.Database.Statements;

/**
 * Which leaves lie where in files of the store, in {@code references.db}. Directories are kept once
 * for all their files, which halves the size.
 *
 * <p>A file that changed is another row: a row stands for a path <em>with</em> an identity, so that
 * proving one leaf of the changed file says nothing of the others. A reference whose file row is
 * gone counts as gone and is cleaned up by {@link #sweep}; numbers of rows are never used again.
 *
 * <p>Safe for use by several threads. Each method that changes something is one transaction.
 */
final class ReferenceIndex implements AutoCloseable {
  static final String FILE = "references.db";

  /**
   * Copies kept of one leaf: enough that one of them outlives the others, few enough to try all.
   */
  static final int MAX_COPIES = 4;

  private static final int SCHEMA = 1;
  private static final List<String> STATEMENTS =
      List.of(
          "CREATE TABLE directories(id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE)",
          """
          CREATE TABLE files(
            id INTEGER PRIMARY KEY AUTOINCREMENT, directory INTEGER NOT NULL, name BLOB NOT NULL,
            device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL,
            modified INTEGER NOT NULL, changed INTEGER NOT NULL)\
          """,
          "CREATE INDEX files_by_name ON files(directory, name)",
          """
          CREATE TABLE leaves(
            key BLOB NOT NULL, file INTEGER NOT NULL, start INTEGER NOT NULL,
            length INTEGER NOT NULL, PRIMARY KEY(key, file)) WITHOUT ROWID\
          """);

  private final Database database;

  private ReferenceIndex(Database database) {
    this.database = database;
  }

  /** One place where a leaf should be. */
  record Candidate(long file, Bytes path, FileIdentity identity, long offset, int length) {}

  /** A file as it is to be recorded; the path split into directory and name. */
  record FileRow(Bytes directory, Bytes name, FileIdentity identity) {
    static FileRow of(Bytes path, FileIdentity identity) {
      int slash = path.size() - 1;
      while (path.at(slash) != '/') {
        slash--;
      }
      return new FileRow(path.slice(0, slash), path.slice(slash + 1, path.size()), identity);
    }
  }

  record LeafRow(Key key, long offset, int length) {}

  /** Opens the index; one that cannot be read is replaced by an empty one. */
  static ReferenceIndex open(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    try {
      Optional<Database> found = Database.open(file, Durability.DEFERRED, SCHEMA, STATEMENTS);
      if (found.isPresent()) {
        return new ReferenceIndex(found.get());
      }
    } catch (IOException e) {
      System.getLogger(ReferenceIndex.class.getName())
          .log(System.Logger.Level.WARNING, "drop references reason=\"{0}\"", e.getMessage());
    }
    for (String suffix : List.of("", "-wal", "-shm")) {
      Files.deleteIfExists(directory.resolve(FILE + suffix));
    }
    return new ReferenceIndex(
        Database.open(file, Durability.DEFERRED, SCHEMA, STATEMENTS)
            .orElseThrow(() -> new IOException("cannot create " + file)));
  }

  /** The places of a leaf, latest first. */
  List<Candidate> find(Key key) throws IOException {
    return database.read(
        session -> {
          PreparedStatement select =
              session.statement(
                  """
                  SELECT f.id, d.path, f.name, f.device, f.inode, f.size, f.modified, f.changed,
                    l.start, l.length
                  FROM leaves l JOIN files f ON f.id = l.file JOIN directories d ON d.id = f.directory
                  WHERE l.key = ? ORDER BY l.file DESC\
                  """);
          select.setBytes(1, key.toArray());
          List<Candidate> candidates = new ArrayList<>(1);
          try (ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
              candidates.add(
                  new Candidate(
                      rows.getLong(1),
                      join(rows.getBytes(2), rows.getBytes(3)),
                      identity(rows, 4),
                      rows.getLong(9),
                      rows.getInt(10)));
            }
          }
          return candidates;
        });
  }

  /**
   * The place of a leaf in one file, where it has one there: less to look up than {@link #find}.
   */
  Optional<Candidate> findIn(Candidate file, Key key) throws IOException {
    return database.read(
        session -> {
          PreparedStatement select =
              session.statement("SELECT start, length FROM leaves WHERE key = ? AND file = ?");
          select.setBytes(1, key.toArray());
          select.setLong(2, file.file());
          try (ResultSet rows = select.executeQuery()) {
            return rows.next()
                ? Optional.of(
                    new Candidate(
                        file.file(), file.path(), file.identity(), rows.getLong(1), rows.getInt(2)))
                : Optional.empty();
          }
        });
  }

  /** Adds files with their leaves, all or none. */
  void add(List<FileRow> files, List<List<LeafRow>> leaves) throws IOException {
    database.write(
        session -> {
          for (int i = 0; i < files.size(); i++) {
            long file = fileId(session, files.get(i));
            for (LeafRow leaf : leaves.get(i)) {
              put(session, leaf, file);
            }
          }
          return 0;
        });
  }

  /** Records that a leaf was proved to be in a file that has another identity now. */
  void renew(Key key, Candidate old, FileIdentity now) throws IOException {
    database.write(
        session -> {
          long file = fileId(session, FileRow.of(old.path(), now));
          delete(session, key, old.file());
          put(session, new LeafRow(key, old.offset(), old.length()), file);
          return 0;
        });
  }

  /** Removes one place of a leaf. */
  void drop(Key key, Candidate place) throws IOException {
    database.write(
        session -> {
          delete(session, key, place.file());
          return 0;
        });
  }

  /** Removes a file and with it everything that refers to it. */
  void dropFile(long file) throws IOException {
    database.write(
        session -> {
          PreparedStatement delete = session.statement("DELETE FROM files WHERE id = ?");
          delete.setLong(1, file);
          return delete.executeUpdate();
        });
  }

  /** A file as recorded. */
  record KnownFile(long id, Bytes path) {}

  /** The next files behind a number, in their order. */
  List<KnownFile> files(long after, int limit) throws IOException {
    return database.read(
        session -> {
          PreparedStatement select =
              session.statement(
                  """
                  SELECT f.id, d.path, f.name FROM files f JOIN directories d ON d.id = f.directory
                  WHERE f.id > ? ORDER BY f.id LIMIT ?\
                  """);
          select.setLong(1, after);
          select.setInt(2, limit);
          List<KnownFile> files = new ArrayList<>();
          try (ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
              files.add(new KnownFile(rows.getLong(1), join(rows.getBytes(2), rows.getBytes(3))));
            }
          }
          return files;
        });
  }

  /** Cleans up what nothing points to any more; says how many references went. */
  long sweep() throws IOException {
    return database.write(
        session -> {
          long leaves =
              session
                  .statement("DELETE FROM leaves WHERE file NOT IN (SELECT id FROM files)")
                  .executeUpdate();
          session
              .statement("DELETE FROM files WHERE id NOT IN (SELECT file FROM leaves)")
              .executeUpdate();
          session
              .statement("DELETE FROM directories WHERE id NOT IN (SELECT directory FROM files)")
              .executeUpdate();
          return leaves;
        });
  }

  long count() throws IOException {
    return database.read(session -> session.longNumber("SELECT count(*) FROM leaves"));
  }

  /** Makes all changes up to now durable. */
  void harden() throws IOException {
    database.harden();
  }

  @Override
  public void close() throws IOException {
    database.close();
  }

  private static long fileId(Statements session, FileRow row) throws SQLException {
    long directory = directoryId(session, row.directory());
    PreparedStatement select =
        session.statement(
            """
            SELECT id FROM files WHERE directory = ? AND name = ? AND device = ? AND inode = ?
              AND size = ? AND modified = ? AND changed = ?\
            """);
    bind(select, directory, row);
    try (ResultSet rows = select.executeQuery()) {
      if (rows.next()) {
        return rows.getLong(1);
      }
    }
    PreparedStatement insert =
        session.statement(
            """
            INSERT INTO files(directory, name, device, inode, size, modified, changed)
            VALUES(?, ?, ?, ?, ?, ?, ?) RETURNING id\
            """);
    bind(insert, directory, row);
    try (ResultSet rows = insert.executeQuery()) {
      return rows.getLong(1);
    }
  }

  private static long directoryId(Statements session, Bytes path) throws SQLException {
    PreparedStatement select = session.statement("SELECT id FROM directories WHERE path = ?");
    select.setBytes(1, path.toArray());
    try (ResultSet rows = select.executeQuery()) {
      if (rows.next()) {
        return rows.getLong(1);
      }
    }
    PreparedStatement insert =
        session.statement("INSERT INTO directories(path) VALUES(?) RETURNING id");
    insert.setBytes(1, path.toArray());
    try (ResultSet rows = insert.executeQuery()) {
      return rows.getLong(1);
    }
  }

  private static void put(Statements session, LeafRow leaf, long file) throws SQLException {
    PreparedStatement insert =
        session.statement("INSERT OR REPLACE INTO leaves VALUES(?, ?, ?, ?)");
    insert.setBytes(1, leaf.key().toArray());
    insert.setLong(2, file);
    insert.setLong(3, leaf.offset());
    insert.setInt(4, leaf.length());
    insert.executeUpdate();
    PreparedStatement trim =
        session.statement(
            """
            DELETE FROM leaves WHERE key = ?1 AND file <=
              (SELECT file FROM leaves WHERE key = ?1 ORDER BY file DESC LIMIT 1 OFFSET ?2)\
            """);
    trim.setBytes(1, leaf.key().toArray());
    trim.setInt(2, MAX_COPIES);
    trim.executeUpdate();
  }

  private static void delete(Statements session, Key key, long file) throws SQLException {
    PreparedStatement delete = session.statement("DELETE FROM leaves WHERE key = ? AND file = ?");
    delete.setBytes(1, key.toArray());
    delete.setLong(2, file);
    delete.executeUpdate();
  }

  private static void bind(PreparedStatement statement, long directory, FileRow row)
      throws SQLException {
    statement.setLong(1, directory);
    statement.setBytes(2, row.name().toArray());
    statement.setLong(3, row.identity().device());
    statement.setLong(4, row.identity().inode());
    statement.setLong(5, row.identity().size());
    statement.setLong(6, row.identity().modified());
    statement.setLong(7, row.identity().changed());
  }

  private static FileIdentity identity(ResultSet rows, int column) throws SQLException {
    return new FileIdentity(
        rows.getLong(column),
        rows.getLong(column + 1),
        rows.getLong(column + 2),
        rows.getLong(column + 3),
        rows.getLong(column + 4));
  }

  private static Bytes join(byte[] directory, byte[] name) {
    byte[] path = new byte[directory.length + 1 + name.length];
    System.arraycopy(directory, 0, path, 0, directory.length);
    path[directory.length] = '/';
    System.arraycopy(name, 0, path, directory.length + 1, name.length);
    return Bytes.owning(path);
  }
}
