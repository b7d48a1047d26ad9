package spindrift.blocks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import spindrift.blocks.Database.Durability;

/**
 * The table of contents of all packs, in {@code index.db}. It holds nothing that the packs do not
 * say, so it is never synced for durability and may be thrown away.
 *
 * <p>Safe for use by several threads. Each method that changes something is one transaction.
 */
final class PackIndex implements AutoCloseable {
  static final String FILE = "index.db";

  private static final int SCHEMA = 1;
  private static final List<String> STATEMENTS =
      List.of(
          """
          CREATE TABLE blocks(
            key BLOB PRIMARY KEY, pack INTEGER NOT NULL, start INTEGER NOT NULL,
            length INTEGER NOT NULL) WITHOUT ROWID\
          """,
          """
          CREATE TABLE packs(
            id INTEGER PRIMARY KEY, length INTEGER NOT NULL, state INTEGER NOT NULL,
            blocks INTEGER NOT NULL, bytes INTEGER NOT NULL)\
          """);

  private final Path directory;
  private final Database database;

  private PackIndex(Path directory, Database database) {
    this.directory = directory;
    this.database = database;
  }

  /** What is done with a pack. */
  enum State {
    /** Written to at its end. */
    OPEN(0),
    /** Never written again. */
    SEALED(1),
    /** Holds nothing that is needed; its file is to be deleted. */
    CONDEMNED(2);

    private final int code;

    State(int code) {
      this.code = code;
    }

    private static State of(int code) throws SQLException {
      for (State state : values()) {
        if (state.code == code) {
          return state;
        }
      }
      throw new SQLException("unknown state of a pack: " + code);
    }
  }

  /**
   * A pack as the index knows it.
   *
   * @param length up to where its sections are indexed
   * @param blocks how many blocks in it are live
   * @param bytes the content of those
   */
  record PackRow(int id, long length, State state, long blocks, long bytes) {}

  record Entry(Key key, Location location) {}

  record Move(Key key, Location from, Location to) {}

  /** Opens the index, or makes a new one where there is none, or none that can be used. */
  static PackIndex open(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    // A clean close leaves no log behind. After anything else SQLite recovers by itself; the check
    // is for disks that lie.
    boolean unclean = Files.exists(directory.resolve(FILE + "-wal"));
    try {
      Optional<Database> found = Database.open(file, Durability.DEFERRED, SCHEMA, STATEMENTS);
      if (found.isPresent()) {
        if (!unclean || found.get().sound()) {
          return new PackIndex(directory, found.get());
        }
        found.get().close();
      }
    } catch (IOException e) {
      System.getLogger(PackIndex.class.getName())
          .log(System.Logger.Level.WARNING, "rebuild index reason=\"{0}\"", e.getMessage());
    }
    delete(directory);
    return new PackIndex(
        directory,
        Database.open(file, Durability.DEFERRED, SCHEMA, STATEMENTS)
            .orElseThrow(() -> new IOException("cannot create " + file)));
  }

  /** Throws the index away; only while it is not open. */
  static void delete(Path directory) throws IOException {
    for (String suffix : List.of("", "-wal", "-shm")) {
      Files.deleteIfExists(directory.resolve(FILE + suffix));
    }
  }

  Optional<Location> find(Key key) throws IOException {
    return database.read(
        session -> {
          PreparedStatement select =
              session.statement("SELECT pack, start, length FROM blocks WHERE key = ?");
          select.setBytes(1, key.toArray());
          try (ResultSet rows = select.executeQuery()) {
            return rows.next() ? Optional.of(location(rows, 1)) : Optional.empty();
          }
        });
  }

  List<PackRow> packs() throws IOException {
    return database.read(
        session -> {
          List<PackRow> packs = new ArrayList<>();
          try (ResultSet rows =
              session
                  .statement("SELECT id, length, state, blocks, bytes FROM packs ORDER BY id")
                  .executeQuery()) {
            while (rows.next()) {
              packs.add(
                  new PackRow(
                      rows.getInt(1),
                      rows.getLong(2),
                      State.of(rows.getInt(3)),
                      rows.getLong(4),
                      rows.getLong(5)));
            }
          }
          return packs;
        });
  }

  /** The next entries in the order of the keys' bytes, behind a key or from the first. */
  List<Entry> page(Optional<Key> after, int limit) throws IOException {
    return database.read(
        session -> {
          PreparedStatement select =
              session.statement(
                  "SELECT key, pack, start, length FROM blocks WHERE key > ? ORDER BY key LIMIT ?");
          select.setBytes(1, after.map(Key::toArray).orElse(new byte[0]));
          select.setInt(2, limit);
          List<Entry> page = new ArrayList<>();
          try (ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
              page.add(new Entry(Key.of(rows.getBytes(1)), location(rows, 2)));
            }
          }
          return page;
        });
  }

  /**
   * Adds entries, keeping those that are there; points entries at copies, except those that were
   * removed or replaced since; and notes up to where packs are indexed.
   */
  void commit(List<Entry> added, List<Move> moved, List<PackRow> packs) throws IOException {
    database.write(
        session -> {
          for (PackRow pack : packs) {
            putPack(session, pack);
          }
          Tally tally = new Tally();
          insert(session, added, tally);
          update(session, moved, tally);
          tally.save(session);
          return 0;
        });
  }

  private static void insert(Database.Statements session, List<Entry> entries, Tally tally)
      throws SQLException {
    PreparedStatement insert = session.statement("INSERT OR IGNORE INTO blocks VALUES(?, ?, ?, ?)");
    for (Entry entry : entries) {
      Location at = entry.location();
      insert.setBytes(1, entry.key().toArray());
      insert.setInt(2, at.pack());
      insert.setLong(3, at.offset());
      insert.setInt(4, at.length());
      if (insert.executeUpdate() == 1) {
        tally.add(at, 1);
      }
    }
  }

  private static void update(Database.Statements session, List<Move> moves, Tally tally)
      throws SQLException {
    PreparedStatement update =
        session.statement(
            "UPDATE blocks SET pack = ?, start = ? WHERE key = ? AND pack = ? AND start = ?");
    for (Move move : moves) {
      update.setInt(1, move.to().pack());
      update.setLong(2, move.to().offset());
      update.setBytes(3, move.key().toArray());
      update.setInt(4, move.from().pack());
      update.setLong(5, move.from().offset());
      if (update.executeUpdate() == 1) {
        tally.add(move.from(), -1);
        tally.add(move.to(), 1);
      }
    }
  }

  /** Removes entries, where they still stand as given. */
  void remove(List<Entry> entries) throws IOException {
    database.write(
        session -> {
          Tally tally = new Tally();
          PreparedStatement delete =
              session.statement("DELETE FROM blocks WHERE key = ? AND pack = ? AND start = ?");
          for (Entry entry : entries) {
            delete.setBytes(1, entry.key().toArray());
            delete.setInt(2, entry.location().pack());
            delete.setLong(3, entry.location().offset());
            if (delete.executeUpdate() == 1) {
              tally.add(entry.location(), -1);
            }
          }
          tally.save(session);
          return 0;
        });
  }

  /** Notes that a pack's file is to be deleted, and makes this and all before it durable. */
  void condemn(int pack) throws IOException {
    setState(pack, State.CONDEMNED);
    database.harden();
  }

  private void setState(int pack, State state) throws IOException {
    database.write(
        session -> {
          PreparedStatement update = session.statement("UPDATE packs SET state = ? WHERE id = ?");
          update.setInt(1, state.code);
          update.setInt(2, pack);
          return update.executeUpdate();
        });
  }

  /** Forgets a pack and every entry that points into it. */
  void drop(int pack) throws IOException {
    database.write(
        session -> {
          for (String sql :
              List.of("DELETE FROM blocks WHERE pack = ?", "DELETE FROM packs WHERE id = ?")) {
            PreparedStatement delete = session.statement(sql);
            delete.setInt(1, pack);
            delete.executeUpdate();
          }
          return 0;
        });
  }

  /** Forgets a pack that no entry points into. */
  void forget(int pack) throws IOException {
    database.write(
        session -> {
          PreparedStatement delete = session.statement("DELETE FROM packs WHERE id = ?");
          delete.setInt(1, pack);
          return delete.executeUpdate();
        });
  }

  /** An index that turned out damaged is thrown away, so that the next open makes it anew. */
  @Override
  public void close() throws IOException {
    database.close();
    if (database.damaged()) {
      delete(directory);
    }
  }

  private static Location location(ResultSet rows, int column) throws SQLException {
    return new Location(rows.getInt(column), rows.getLong(column + 1), rows.getInt(column + 2));
  }

  private static void putPack(Database.Statements session, PackRow pack) throws SQLException {
    PreparedStatement put =
        session.statement(
            """
            INSERT INTO packs VALUES(?, ?, ?, ?, ?)
            ON CONFLICT(id) DO UPDATE SET length = excluded.length, state = excluded.state\
            """);
    put.setInt(1, pack.id());
    put.setLong(2, pack.length());
    put.setInt(3, pack.state().code);
    put.setLong(4, pack.blocks());
    put.setLong(5, pack.bytes());
    put.executeUpdate();
  }

  /** How a transaction changes what lives in each pack. */
  private static final class Tally {
    private final Map<Integer, long[]> changes = new HashMap<>();

    void add(Location at, int sign) {
      long[] change = changes.computeIfAbsent(at.pack(), pack -> new long[2]);
      change[0] += sign;
      change[1] += (long) sign * at.length();
    }

    void save(Database.Statements session) throws SQLException {
      PreparedStatement update =
          session.statement("UPDATE packs SET blocks = blocks + ?, bytes = bytes + ? WHERE id = ?");
      for (Map.Entry<Integer, long[]> change : changes.entrySet()) {
        update.setLong(1, change.getValue()[0]);
        update.setLong(2, change.getValue()[1]);
        update.setInt(3, change.getKey());
        update.executeUpdate();
      }
    }
  }
}
