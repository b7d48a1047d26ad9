package spindrift.catalog;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;

/**
 * Small files of other caches that passed through the node: logs, listings, realisations; by their
 * path in the cache. Those asked for least lately go first when all together take too much room.
 * Safe for use by several threads.
 */
public final class KeptDocuments {
  /** Ours: some hundred build logs. */
  static final long MAX_BYTES = 64L << 20;

  static final List<String> TABLES =
      List.of(
          """
          CREATE TABLE IF NOT EXISTS kept_documents (
            name TEXT PRIMARY KEY, content BLOB NOT NULL, size INTEGER NOT NULL,
            used INTEGER NOT NULL)\
          """,
          "CREATE INDEX IF NOT EXISTS kept_documents_by_use ON kept_documents (used, size)");

  private final Database database;
  private final long maxBytes;

  KeptDocuments(Database database, long maxBytes) {
    this.database = database;
    this.maxBytes = maxBytes;
  }

  /** A document as it was when it passed. */
  public Optional<Bytes> find(String name) throws IOException {
    return database.run(
        db -> {
          Optional<Bytes> found =
              db
                  .query(
                      row -> Bytes.owning(row.getBytes(1)),
                      "SELECT content FROM kept_documents WHERE name = ?",
                      name)
                  .stream()
                  .findFirst();
          if (found.isPresent()) {
            db.update(
                "UPDATE kept_documents SET used = ? WHERE name = ? AND used < ?",
                now(),
                name,
                now() - 60_000);
          }
          return found;
        });
  }

  /** Keeps a document, in place of an earlier one of the same name. */
  public void put(String name, Bytes content) throws IOException {
    long size = content.size() + 4L * name.length();
    if (size > maxBytes / 4) {
      return; // it would drive out much else
    }
    database.inTransaction(
        db -> {
          db.update(
              "INSERT OR REPLACE INTO kept_documents VALUES (?, ?, ?, ?)",
              name,
              content.toArray(),
              size,
              now());
          while (total(db) > maxBytes) {
            db.update(
                "DELETE FROM kept_documents WHERE name ="
                    + " (SELECT name FROM kept_documents ORDER BY used LIMIT 1)");
          }
        });
  }

  private static long total(Database db) throws java.sql.SQLException, IOException {
    return db.query(row -> row.getLong(1), "SELECT coalesce(sum(size), 0) FROM kept_documents")
        .getFirst();
  }

  private static long now() {
    return Instant.now().toEpochMilli();
  }
}
