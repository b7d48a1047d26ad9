package spindrift.catalog;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;

/**
 * The small files of a binary cache that are not store objects: build logs, realisations, debug
 * info; by their path in the cache. Safe for use by several threads.
 */
public final class Documents {
  /** Ours: build logs of real packages reach some tens of MB uncompressed. */
  public static final int MAX_SIZE = 32 << 20;

  private final Database database;

  Documents(Database database) {
    this.database = database;
  }

  public Optional<Bytes> find(String name) throws IOException {
    return database
        .run(
            db ->
                db.query(
                    row -> Bytes.owning(row.getBytes(1)),
                    "SELECT content FROM documents WHERE name = ?",
                    name))
        .stream()
        .findFirst();
  }

  /** Keeps a document, in place of an earlier one of the same name. */
  public void put(String name, Bytes content) throws IOException, LimitExceededException {
    if (content.size() > MAX_SIZE) {
      throw new LimitExceededException("size of " + name, MAX_SIZE);
    }
    database.run(
        db ->
            db.update(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)",
                name,
                content.toArray(),
                Instant.now().toEpochMilli()));
  }
}
