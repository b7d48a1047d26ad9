package spindrift.catalog;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.catalog.StagedNars.StagedNar;
import spindrift.ipld.Cid;
import spindrift.nix.ContentAddress;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/**
 * The records of a node. What a writing method has done survives loss of power once it returns,
 * save {@link #touch}. Safe for use by several threads.
 */
public final class Catalog implements AutoCloseable {
  /** Records per query while all of them are walked, which bounds the memory it takes. */
  private static final int PAGE = 500;

  private static final String COLUMNS =
      "SELECT narinfo, nar_view, tree_view, origin, pin, fingerprint, added, used FROM records ";

  private final Database database;
  private final Database reader;
  private final StoreDir storeDir;
  private final RememberedInfos remembered;
  private final Map<String, Instant> touched = new HashMap<>();
  private volatile Listener listener = records -> {};

  /**
   * A record that is put.
   *
   * @param blocks of its views, where they were just made
   */
  record Put(CatalogRecord record, Optional<ViewBlocks> blocks) {}

  /** Is told of records that were put and are durable, by the thread that put them. */
  @FunctionalInterface
  interface Listener {
    void put(List<Put> records);
  }

  private Catalog(Database database, Database reader, StoreDir storeDir) {
    this.database = database;
    this.reader = reader;
    this.storeDir = storeDir;
    this.remembered = new RememberedInfos(database, reader, storeDir, RememberedInfos.MAX_ENTRIES);
  }

  /** Opens or creates the catalog in a data directory. */
  public static Catalog open(Path dataDirectory, StoreDir storeDir) throws IOException {
    Path file = dataDirectory.resolve("catalog.db");
    Database database = Database.open(file);
    try {
      return new Catalog(database, Database.openReader(file), storeDir);
    } catch (IOException e) {
      database.close();
      throw e;
    }
  }

  /** Sets who is told of records that are put, in place of whoever was told before. */
  void tell(Listener told) {
    listener = told;
  }

  /** Which objects are public for one of these reasons, and of which blocks they are. */
  SharedObjects sharedObjects(List<String> reasons) {
    return new SharedObjects(database, reader, reasons);
  }

  public StoreDir storeDir() {
    return storeDir;
  }

  /** NARs that were uploaded. */
  public StagedNars stagedNars() {
    return new StagedNars(database);
  }

  /** Small files that clients push beside store objects: logs, realisations. */
  public Documents documents() {
    return new Documents(database);
  }

  /** Small files of other caches. */
  public KeptDocuments keptDocuments() {
    return new KeptDocuments(database, KeptDocuments.MAX_BYTES);
  }

  /** Narinfos that were served or indexed. */
  public RememberedInfos remembered() {
    return remembered;
  }

  public Optional<CatalogRecord> find(StorePath path) throws IOException {
    return find(path.hashPart()).filter(record -> record.path().equals(path));
  }

  /** Cleans up behind objects that are public no more. */
  void sweepSharedBlocks() throws IOException {
    SharedObjects.sweep(database, reader);
  }

  /** The record of the store path with this hash part. */
  public Optional<CatalogRecord> find(String hashPart) throws IOException {
    return select("WHERE hash_part = ?", hashPart).stream().findFirst();
  }

  /** The records of objects with this NAR, at most 500. */
  public List<CatalogRecord> findByNarHash(NixHash narHash) throws IOException {
    return select("WHERE nar_hash = ? LIMIT " + PAGE, narHash.digest().toArray());
  }

  /** The records of objects with this content address, at most 500. */
  List<CatalogRecord> findByContentAddress(ContentAddress ca) throws IOException {
    String line = ca.render();
    return select(
        "WHERE "
            + Database.CA
            + " >= ? AND "
            + Database.CA
            + " < ? AND "
            + Database.HAS_CA
            + " LIMIT "
            + PAGE,
        line + "\n",
        line + "\u000b");
  }

  /** Up to 500 records whose hash part comes after the given one, in order; "" for the first. */
  public List<CatalogRecord> pageAfter(String hashPart) throws IOException {
    return select("WHERE hash_part > ? ORDER BY hash_part LIMIT " + PAGE, hashPart);
  }

  /** Unpinned records, least recently used first, at most 500. */
  public List<CatalogRecord> evictionCandidates() throws IOException {
    flushTouches();
    return select("WHERE pin = 'UNPINNED' ORDER BY used LIMIT " + PAGE);
  }

  /** Writes records, replacing those of the same paths, all or none. */
  public void put(List<CatalogRecord> records) throws IOException {
    putAll(records.stream().map(record -> new Put(record, Optional.empty())).toList());
  }

  /** As {@link #put}. */
  void putAll(List<Put> puts) throws IOException {
    database.inTransaction(
        db -> {
          for (Put put : puts) {
            put(db, put.record());
          }
        });
    listener.put(puts);
  }

  /** Makes the record of an upload from the one that was there before. */
  @FunctionalInterface
  interface Claim {
    CatalogRecord record(Optional<CatalogRecord> before) throws FaultException;
  }

  /**
   * Puts the record of an uploaded NAR, if that still waits under its URL: in one step, so that
   * neither another upload of the path nor an eviction comes between.
   *
   * @return false when the upload is gone
   */
  boolean claim(String url, StagedNar nar, StorePath path, Claim claim)
      throws IOException, FaultException {
    List<FaultException> refused = new ArrayList<>();
    List<Put> claimed = new ArrayList<>();
    database.inTransaction(
        db -> {
          try {
            List<CatalogRecord> before =
                db.query(this::read, COLUMNS + "WHERE hash_part = ?", path.hashPart());
            CatalogRecord record = claim.record(before.stream().findFirst());
            if (StagedNars.claim(db, url, nar)) {
              put(db, record);
              claimed.add(new Put(record, Optional.empty()));
            }
          } catch (FaultException e) {
            refused.add(e);
          }
        });
    if (!refused.isEmpty()) {
      throw refused.getFirst();
    }
    listener.put(claimed);
    return !claimed.isEmpty();
  }

  private void put(Database db, CatalogRecord record) throws SQLException {
    NarInfo info = record.narInfo();
    SharedObjects.viewsChange(db, record);
    RememberedInfos.put(db, info, storeDir);
    db.update(
        "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        info.path().hashPart(),
        info.path().name(),
        info.render(storeDir),
        info.narHash().digest().toArray(),
        info.narSize(),
        record.narView().toBytes().toArray(),
        record.treeView().toBytes().toArray(),
        record.origin().name(),
        record.pin().name(),
        record.treeFingerprint().<Object>map(Bytes::toArray).orElse(Database.Null.NULL),
        record.added().toEpochMilli(),
        record.used().toEpochMilli());
  }

  /**
   * Pins or unpins a record.
   *
   * @return whether there is such a record
   */
  public boolean pin(StorePath path, CatalogRecord.Pin pin) throws IOException {
    return database.run(
        db ->
            db.update(
                    "UPDATE records SET pin = ? WHERE hash_part = ? AND name = ?",
                    pin.name(),
                    path.hashPart(),
                    path.name())
                > 0);
  }

  /** Notes that a record's files in the local store were found right in this state. */
  public void proved(StorePath path, Bytes treeFingerprint) throws IOException {
    database.run(
        db ->
            db.update(
                "UPDATE records SET fingerprint = ? WHERE hash_part = ?",
                treeFingerprint.toArray(),
                path.hashPart()));
  }

  /** Notes that a record was used now; kept in memory for a while, so it may be lost. */
  public void touch(StorePath path) {
    synchronized (touched) {
      touched.put(path.hashPart(), Instant.now());
    }
  }

  private void flushTouches() throws IOException {
    Map<String, Instant> batch;
    synchronized (touched) {
      batch = Map.copyOf(touched);
      touched.clear();
    }
    database.inTransaction(
        db -> {
          for (Map.Entry<String, Instant> entry : batch.entrySet()) {
            db.update(
                "UPDATE records SET used = ? WHERE hash_part = ?",
                entry.getValue().toEpochMilli(),
                entry.getKey());
          }
        });
  }

  /** Forgets records; their blocks go with the next garbage collection. */
  public void remove(List<StorePath> paths) throws IOException {
    database.inTransaction(
        db -> {
          for (StorePath path : paths) {
            db.update("DELETE FROM records WHERE hash_part = ?", path.hashPart());
            SharedObjects.forget(db, path);
          }
        });
  }

  /** How many records there are, and the sum of their NAR sizes in bytes. */
  public Totals totals() throws IOException {
    return database.run(
        db ->
            db.query(
                    row -> new Totals(row.getLong(1), row.getLong(2), row.getLong(3)),
                    "SELECT count(*), coalesce(sum(nar_size), 0),"
                        + " coalesce(sum(pin = 'PINNED'), 0) FROM records")
                .getFirst());
  }

  /** Counts over the whole catalog; {@code narBytes} is the sum of NAR sizes. */
  public record Totals(long records, long narBytes, long pinned) {}

  private List<CatalogRecord> select(String condition, Object... parameters) throws IOException {
    return database.run(db -> db.query(this::read, COLUMNS + condition, parameters));
  }

  private CatalogRecord read(ResultSet row) throws SQLException, IOException {
    try {
      byte[] fingerprint = row.getBytes(6);
      return new CatalogRecord(
          NarInfo.parse(storeDir, row.getString(1)),
          cid(row.getBytes(2)),
          cid(row.getBytes(3)),
          CatalogRecord.Origin.valueOf(row.getString(4)),
          CatalogRecord.Pin.valueOf(row.getString(5)),
          fingerprint == null ? Optional.empty() : Optional.of(Bytes.owning(fingerprint)),
          Instant.ofEpochMilli(row.getLong(7)),
          Instant.ofEpochMilli(row.getLong(8)));
    } catch (FaultException e) {
      throw new IOException("damaged record in the catalog: " + e.getMessage(), e);
    }
  }

  static Cid cid(byte[] bytes) throws MalformedDataException {
    return Cid.fromBytes(Bytes.owning(bytes));
  }

  @Override
  public void close() throws IOException {
    try {
      flushTouches();
      remembered.close();
    } finally {
      try {
        reader.close();
      } finally {
        database.close();
      }
    }
  }
}
