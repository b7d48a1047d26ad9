package spindrift.catalog;

import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.ipld.Cid;
import spindrift.nix.Compression;
import spindrift.nix.NixHash;

/**
 * NARs that clients have uploaded, by the URL that they were put under. They are not served under
 * it; they are forgotten some time after the last narinfo that names it could have come. Several
 * narinfos may: equal NARs have equal URLs. Safe for use by several threads.
 */
public final class StagedNars {
  /** Once claimed, an upload is there as long as a record keeps its blocks. */
  private static final String FIND =
      """
      SELECT nar_hash, nar_size, file_hash, file_size, nar_view, tree_view, compression
      FROM staged AS s WHERE url = ? AND (NOT claimed OR EXISTS (
        SELECT 1 FROM records AS r WHERE r.nar_hash = s.nar_hash AND r.nar_view = s.nar_view))\
      """;

  private final Database database;

  /**
   * An uploaded NAR, decoded and cut.
   *
   * @param narHash of the decoded NAR
   * @param narSize of the decoded NAR in bytes
   * @param fileHash of the file as it was sent
   * @param fileSize of the file as it was sent, in bytes
   * @param compression of the file as it was sent
   */
  public record StagedNar(
      NixHash narHash,
      long narSize,
      NixHash fileHash,
      long fileSize,
      Compression compression,
      Views views) {}

  StagedNars(Database database) {
    this.database = database;
  }

  public Optional<StagedNar> find(String url) throws IOException {
    return database.run(db -> find(db, url));
  }

  private static Optional<StagedNar> find(Database db, String url)
      throws SQLException, IOException {
    return db.query(StagedNars::read, FIND, url).stream().findFirst();
  }

  private static StagedNar read(ResultSet row) throws SQLException, IOException {
    try {
      return new StagedNar(
          NixHash.sha256(Bytes.owning(row.getBytes(1))),
          row.getLong(2),
          NixHash.sha256(Bytes.owning(row.getBytes(3))),
          row.getLong(4),
          Compression.valueOf(row.getString(7)),
          new Views(Catalog.cid(row.getBytes(5)), Catalog.cid(row.getBytes(6))));
    } catch (MalformedDataException e) {
      throw new IOException("damaged upload in the catalog", e);
    }
  }

  /**
   * Notes, inside a transaction, that a record now keeps an upload's blocks.
   *
   * @return false when it is no longer the upload under this URL, and no other record keeps the NAR
   */
  static boolean claim(Database db, String url, StagedNar nar) throws SQLException, IOException {
    if (find(db, url).equals(Optional.of(nar))) {
      db.update("UPDATE staged SET claimed = 1 WHERE url = ?", url);
      return true;
    }
    return !db.query(
            row -> true,
            "SELECT 1 FROM records WHERE nar_hash = ? AND nar_view = ? AND origin = 'UPLOAD'"
                + " LIMIT 1",
            nar.narHash().digest().toArray(),
            nar.views().nar().toBytes().toArray())
        .isEmpty();
  }

  /** Keeps an upload until its narinfo comes, in place of an earlier one of the same URL. */
  public void put(String url, StagedNar nar) throws IOException {
    database.run(
        db ->
            db.update(
                "INSERT OR REPLACE INTO staged VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
                url,
                nar.narHash().digest().toArray(),
                nar.narSize(),
                nar.fileHash().digest().toArray(),
                nar.fileSize(),
                nar.views().nar().toBytes().toArray(),
                nar.views().tree().toBytes().toArray(),
                nar.compression().name(),
                Instant.now().toEpochMilli()));
  }

  /**
   * Forgets uploads from before a time that no record has come to need, and tells how many. Those
   * of records stay: a client goes on asking for a NAR under the URL that it pushed it to.
   */
  int removeBefore(Instant time) throws IOException {
    return database.run(
        db ->
            db.update(
                "DELETE FROM staged WHERE at < ?"
                    + " AND nar_hash NOT IN (SELECT nar_hash FROM records)",
                time.toEpochMilli()));
  }

  /** The views of the uploads that no record keeps yet. */
  List<Cid> roots() throws IOException {
    return database
        .run(
            db ->
                db.query(
                    row -> List.of(row.getBytes(1), row.getBytes(2)),
                    "SELECT nar_view, tree_view FROM staged WHERE NOT claimed"))
        .stream()
        .flatMap(List::stream)
        .map(StagedNars::storedCid)
        .toList();
  }

  private static Cid storedCid(byte[] bytes) {
    try {
      return Catalog.cid(bytes);
    } catch (MalformedDataException e) {
      throw new IllegalStateException("damaged upload in the catalog", e);
    }
  }
}
