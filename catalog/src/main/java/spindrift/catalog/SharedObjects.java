package spindrift.catalog;

import java.io.IOException;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import spindrift.base.Bytes;
import spindrift.ipld.Cid;
import spindrift.nix.StorePath;

/**
 * The tables behind {@link Sharing}: what the owner chose, which objects in the catalog are public
 * and why, and the blocks of these. A row of {@code shared_blocks} counts while the object that it
 * names is in {@code shared_objects}; so an object becomes private by the loss of one row, in the
 * same transaction as the cause, and its blocks' rows are swept later. Numbers of objects are never
 * used again. Safe for use by several threads.
 */
final class SharedObjects {
  static final List<String> TABLES =
      List.of(
          """
          CREATE TABLE IF NOT EXISTS share_choices (
            path TEXT PRIMARY KEY, choice TEXT NOT NULL) WITHOUT ROWID\
          """,
          """
          CREATE TABLE IF NOT EXISTS shared_objects (
            id INTEGER PRIMARY KEY AUTOINCREMENT, hash_part TEXT NOT NULL UNIQUE,
            nar_view BLOB NOT NULL, tree_view BLOB NOT NULL, reason TEXT NOT NULL)\
          """,
          """
          CREATE TABLE IF NOT EXISTS shared_blocks (
            digest BLOB NOT NULL, object INTEGER NOT NULL, PRIMARY KEY (digest, object))
            WITHOUT ROWID\
          """);

  /** One call in place of one for each digest, which would cost more than the insertion. */
  private static final String ADD_BLOCKS =
      """
      INSERT INTO shared_blocks
      WITH RECURSIVE at(i) AS (SELECT 1 UNION ALL SELECT i + %1$d FROM at WHERE i + %1$d < ?3)
      SELECT substr(?1, i, %1$d), ?2 FROM at\
      """
          .formatted(ViewBlocks.DIGEST_BYTES);

  /** Values of a digest's first byte that are swept in one go, so that none holds others up. */
  private static final int SWEEP_STEP = 4;

  /** What an owner says of an object. */
  enum Choice {
    SHARED,
    UNSHARED
  }

  private final Database database;
  private final Database reader;
  private final List<String> reasons;
  private final String isNoted;
  private final String hasBlock;

  /**
   * @param reader for questions that are not to wait while {@code database} waits for the disk
   * @param reasons for which an object is public; what was noted for others does not count
   */
  SharedObjects(Database database, Database reader, List<String> reasons) {
    this.database = database;
    this.reader = reader;
    this.reasons = List.copyOf(reasons);
    String oneOfThem = " AND reason IN (?" + ", ?".repeat(reasons.size() - 1) + ") LIMIT 1";
    this.isNoted =
        "SELECT 1 FROM shared_objects WHERE hash_part = ? AND nar_view = ? AND tree_view = ?"
            + oneOfThem;
    this.hasBlock =
        "SELECT 1 FROM shared_blocks JOIN shared_objects ON id = object WHERE digest = ?"
            + oneOfThem;
  }

  /** Notes, inside a transaction, that a record is about to be put, whose views may be others. */
  static void viewsChange(Database db, CatalogRecord record) throws SQLException {
    db.update(
        "DELETE FROM shared_objects WHERE hash_part = ? AND NOT (nar_view = ? AND tree_view = ?)",
        record.path().hashPart(),
        record.narView().toBytes().toArray(),
        record.treeView().toBytes().toArray());
  }

  /** Notes, inside a transaction, that a record is gone. */
  static void forget(Database db, StorePath path) throws SQLException {
    db.update("DELETE FROM shared_objects WHERE hash_part = ?", path.hashPart());
  }

  /** What the owner said of a path. */
  Optional<Choice> choice(StorePath path) throws IOException {
    return database
        .run(
            db ->
                db.query(
                    row -> Choice.valueOf(row.getString(1)),
                    "SELECT choice FROM share_choices WHERE path = ?",
                    path.baseName()))
        .stream()
        .findFirst();
  }

  /** Writes down what the owner said; paths that become private are so when this returns. */
  void choose(Collection<StorePath> paths, Choice choice) throws IOException {
    database.inTransaction(
        db -> {
          for (StorePath path : paths) {
            db.update(
                "INSERT OR REPLACE INTO share_choices VALUES (?, ?)",
                path.baseName(),
                choice.name());
            if (choice == Choice.UNSHARED) {
              forget(db, path);
            }
          }
        });
  }

  /** Whether a record's blocks are noted. */
  boolean isNoted(CatalogRecord record) throws IOException {
    return exists(
        isNoted,
        record.path().hashPart(),
        record.narView().toBytes().toArray(),
        record.treeView().toBytes().toArray());
  }

  /** Whether a block belongs to a public object. */
  boolean hasBlock(Cid cid) throws IOException {
    return exists(hasBlock, (Object) cid.digest().slice(0, ViewBlocks.DIGEST_BYTES).toArray());
  }

  private boolean exists(String query, Object... parameters) throws IOException {
    Object[] all = Stream.concat(Arrays.stream(parameters), reasons.stream()).toArray();
    return !reader.run(db -> db.query(row -> true, query, all)).isEmpty();
  }

  /**
   * A public object and the digests of its blocks.
   *
   * @param reason the key that signed it, or blank where the owner shared it
   */
  record Noted(CatalogRecord record, String reason, Bytes digests) {}

  /**
   * Notes the blocks of public objects, all or none; those are left out whose record is gone or
   * another by now, or that the owner has unshared meanwhile.
   */
  void note(List<Noted> objects) throws IOException {
    database.inTransaction(
        db -> {
          for (Noted noted : objects) {
            note(db, noted);
          }
        });
  }

  private static void note(Database db, Noted noted) throws SQLException, IOException {
    CatalogRecord record = noted.record();
    int added =
        db.update(
            """
            INSERT OR REPLACE INTO shared_objects (hash_part, nar_view, tree_view, reason)
            SELECT hash_part, nar_view, tree_view, ? FROM records
            WHERE hash_part = ? AND nar_view = ? AND tree_view = ?
              AND NOT EXISTS (SELECT 1 FROM share_choices WHERE path = ? AND choice = 'UNSHARED')\
            """,
            noted.reason(),
            record.path().hashPart(),
            record.narView().toBytes().toArray(),
            record.treeView().toBytes().toArray(),
            record.path().baseName());
    if (added > 0 && !noted.digests().isEmpty()) {
      long id = db.query(row -> row.getLong(1), "SELECT last_insert_rowid()").getFirst();
      db.update(ADD_BLOCKS, noted.digests().toArray(), id, noted.digests().size());
    }
  }

  /** Removes the blocks of objects that are public no more; says how many rows went. */
  static long sweep(Database database, Database reader) throws IOException {
    String isDead = "object NOT IN (SELECT id FROM shared_objects)";
    if (reader
        .run(
            db -> db.query(row -> true, "SELECT 1 FROM shared_blocks WHERE " + isDead + " LIMIT 1"))
        .isEmpty()) {
      return 0;
    }
    long swept = 0;
    for (int from = 0; from < 256; from += SWEEP_STEP) {
      byte[] first = {(byte) from};
      byte[] last = new byte[ViewBlocks.DIGEST_BYTES];
      Arrays.fill(last, (byte) 0xff);
      last[0] = (byte) (from + SWEEP_STEP - 1);
      swept +=
          database.run(
              db ->
                  db.update(
                      "DELETE FROM shared_blocks WHERE digest BETWEEN ? AND ? AND " + isDead,
                      first,
                      last));
    }
    return swept;
  }
}
