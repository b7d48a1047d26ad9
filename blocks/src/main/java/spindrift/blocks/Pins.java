package spindrift.blocks;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.blocks.Database.Durability;
import spindrift.ipld.Cid;

/**
 * The pinned roots, in {@code pins.db}: the one thing about blocks that nothing else can tell.
 * Every change is durable when its method returns. Safe for use by several threads.
 */
public final class Pins implements AutoCloseable {
  /** Long enough for a sentence. */
  public static final int MAX_LABEL_BYTES = 256;

  static final String FILE = "pins.db";
  private static final int SCHEMA = 1;
  private static final List<String> STATEMENTS =
      List.of(
          """
          CREATE TABLE pins(
            cid BLOB NOT NULL, label TEXT NOT NULL, since INTEGER NOT NULL,
            PRIMARY KEY(cid, label)) WITHOUT ROWID\
          """);

  private final Database database;
  private final Protection protection;
  private final Clock clock;

  private Pins(Database database, Protection protection, Clock clock) {
    this.database = database;
    this.protection = protection;
    this.clock = clock;
  }

  static Pins open(Path directory, Protection protection, Clock clock) throws IOException {
    Path file = directory.resolve(FILE);
    Database database =
        Database.open(file, Durability.EVERY_COMMIT, SCHEMA, STATEMENTS)
            .orElseThrow(() -> new IOException(file + " was written by another version"));
    return new Pins(database, protection, clock);
  }

  /**
   * Pins a root; nothing changes when it is pinned with this label already. What is here of its DAG
   * is spared by a collection that runs now, too. Blocks that are absent may come later.
   *
   * @throws LimitExceededException when the label has more than {@link #MAX_LABEL_BYTES} in UTF-8
   */
  public void add(Cid root, String label) throws IOException, LimitExceededException {
    if (Bytes.utf8(label).size() > MAX_LABEL_BYTES) {
      throw new LimitExceededException("label of a pin in bytes", MAX_LABEL_BYTES);
    }
    database.write(
        session -> {
          PreparedStatement insert =
              session.statement("INSERT OR IGNORE INTO pins VALUES(?, ?, ?)");
          insert.setBytes(1, root.toBytes().toArray());
          insert.setString(2, label);
          insert.setLong(3, clock.instant().getEpochSecond());
          return insert.executeUpdate();
        });
    protection.protectDag(root);
  }

  /** Removes a pin; false when there was none. */
  public boolean remove(Cid root, String label) throws IOException {
    return database.write(
        session -> {
          PreparedStatement delete =
              session.statement("DELETE FROM pins WHERE cid = ? AND label = ?");
          delete.setBytes(1, root.toBytes().toArray());
          delete.setString(2, label);
          return delete.executeUpdate() == 1;
        });
  }

  /** All pins, in the order of their CIDs' bytes. */
  public List<Pin> list() throws IOException {
    return database.read(
        session -> {
          List<Pin> pins = new ArrayList<>();
          try (ResultSet rows =
              session.statement("SELECT cid, label, since FROM pins").executeQuery()) {
            while (rows.next()) {
              Cid root = Cid.fromBytes(Bytes.owning(rows.getBytes(1)));
              pins.add(new Pin(root, rows.getString(2), Instant.ofEpochSecond(rows.getLong(3))));
            }
          } catch (MalformedDataException e) {
            throw new IOException(FILE + " is damaged: " + e.getMessage(), e);
          }
          return pins;
        });
  }

  @Override
  public void close() throws IOException {
    database.close();
  }
}
