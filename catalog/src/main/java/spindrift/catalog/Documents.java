package spindrift.catalog;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;

/**
 * The small files of a binary cache that are not store objects: build logs, realisations, debug
 * info; by their path in the cache. Safe for use by several threads.
 */
public final class Documents {
  /** Ours: build logs of real packages reach some tens of MB uncompressed. */
  public static final int MAX_SIZE = 32 << 20;

  /** Bytes in memory at a time for each reader, however slowly its client takes them. */
  private static final int PIECE = 1 << 20;

  private final Database database;

  Documents(Database database) {
    this.database = database;
  }

  /** A document, read from the database piece by piece as it is written to somebody. */
  public Optional<ByteSource> find(String name) throws IOException {
    return database
        .run(
            db ->
                db.query(
                    row -> row.getLong(1),
                    "SELECT length(content) FROM documents WHERE name = ?",
                    name))
        .stream()
        .findFirst()
        .map(size -> new Stored(name, size));
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

  /** Were the document replaced meanwhile, its size would not be the one that was promised. */
  private final class Stored implements ByteSource {
    private final String name;
    private final long size;

    Stored(String name, long size) {
      this.name = name;
      this.size = size;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public void writeTo(ByteTarget target, long from, long to) throws IOException {
      for (long at = from; at < to; at += PIECE) {
        piece(at, Math.min(PIECE, to - at)).writeTo(target);
      }
    }

    private Bytes piece(long at, long length) throws IOException {
      return database
          .run(
              db ->
                  db.query(
                      row -> Bytes.owning(row.getBytes(1)),
                      "SELECT substr(content, ?, ?) FROM documents"
                          + " WHERE name = ? AND length(content) = ?",
                      at + 1,
                      length,
                      name,
                      size))
          .stream()
          .findFirst()
          .orElseThrow(() -> new IOException(name + " was replaced while it was read"));
    }
  }
}
