package spindrift.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteOpenMode;
import spindrift.base.AbsentException;
import spindrift.base.ConfigException;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;
import spindrift.base.RefusedException;
import spindrift.nix.PathInfo;
import spindrift.nix.Realisation;
import spindrift.nix.StorePath;

/**
 * A store read from Nix's own database, without any Nix.
 *
 * <p>The database is opened read-only and never as immutable, for it may be in use. Each call but
 * that for realisations is one statement, so it sees one state of the store; none holds a lock
 * afterwards. Nothing can be added, and {@link #protect} only looks: nobody here can keep a garbage
 * collector away.
 */
public final class DatabaseStore implements LocalStore {
  /** The only layout that any Nix since 2.0 has written. */
  private static final String SCHEMA = "10";

  /** Ours: Nix holds its locks for milliseconds, or seconds while it registers a big closure. */
  private static final int BUSY_MILLIS = 10_000;

  /** References come in the same statement, so that they are of the same state as the rest. */
  private static final String PATH_INFO =
      """
      SELECT hash, narSize, deriver, sigs, ca, ultimate, registrationTime,
        (SELECT group_concat(p.path, ' ')
         FROM Refs r JOIN ValidPaths p ON p.id = r.reference WHERE r.referrer = v.id) AS refs
      FROM ValidPaths v WHERE path = ?\
      """;

  private static final String BY_PREFIX =
      "SELECT path FROM ValidPaths WHERE path >= ? ORDER BY path LIMIT 1";

  private static final String ALL = "SELECT path FROM ValidPaths";

  private interface Reader<T> {
    T read(ResultSet rows) throws SQLException, MalformedDataException;
  }

  private final StoreLayout layout;

  /** One for all threads: a look-up takes microseconds. Used under this object's lock. */
  private final Connection connection;

  private final PreparedStatement pathInfo;
  private final PreparedStatement byPrefix;

  private DatabaseStore(StoreLayout layout, Connection connection) throws SQLException {
    this.layout = layout;
    this.connection = connection;
    this.pathInfo = connection.prepareStatement(PATH_INFO);
    this.byPrefix = connection.prepareStatement(BY_PREFIX);
  }

  /** Opens the database of a store. */
  static DatabaseStore open(StoreLayout layout) throws ConfigException {
    Path database = layout.database();
    try {
      String schema = Files.readString(database.resolveSibling("schema")).strip();
      if (!schema.equals(SCHEMA)) {
        throw new ConfigException(
            "store", database.toString(), "its schema is not " + SCHEMA + ", use a Nix daemon");
      }
      Connection connection = connect(database);
      try {
        return new DatabaseStore(layout, connection);
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
    } catch (IOException | SQLException e) {
      throw new ConfigException(
          "store",
          database.toString(),
          "cannot be read ("
              + e.getMessage()
              + "); start a Nix daemon, or give this user read access to its folder");
    }
  }

  @Override
  public StoreLayout layout() {
    return layout;
  }

  @Override
  public Optional<PathInfo> pathInfo(StorePath path) throws IOException, MalformedDataException {
    return query(
        pathInfo,
        path.in(storeDir()),
        rows -> rows.next() ? Optional.of(parse(path, rows)) : Optional.empty());
  }

  @Override
  public Optional<StorePath> byHashPart(String hashPart)
      throws IOException, MalformedDataException {
    DaemonStore.requireHashPart(hashPart);
    String prefix = storeDir().path() + "/" + hashPart + "-";
    return query(
        byPrefix,
        prefix,
        rows ->
            rows.next() && rows.getString(1).startsWith(prefix)
                ? Optional.of(StorePath.parse(storeDir(), rows.getString(1)))
                : Optional.empty());
  }

  @Override
  public Set<StorePath> validPaths(Set<StorePath> paths)
      throws IOException, MalformedDataException {
    Set<StorePath> valid = new HashSet<>();
    for (StorePath path : paths) {
      byHashPart(path.hashPart()).filter(path::equals).ifPresent(valid::add);
    }
    return valid;
  }

  /** On a connection of its own, for this one takes long. */
  @Override
  public Set<StorePath> allPaths() throws IOException, MalformedDataException {
    Set<StorePath> paths = new HashSet<>();
    try (Connection own = connect(layout.database());
        PreparedStatement statement = own.prepareStatement(ALL);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        paths.add(StorePath.parse(storeDir(), rows.getString(1)));
      }
    } catch (SQLException e) {
      throw failed(e);
    }
    return paths;
  }

  @Override
  public synchronized Optional<Realisation> realisation(Realisation.Id id)
      throws IOException, MalformedDataException {
    try {
      return new StoredRealisations(connection, storeDir()).find(id);
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  @Override
  public void protect(StorePath path) throws IOException, MalformedDataException, AbsentException {
    if (byHashPart(path.hashPart()).filter(path::equals).isEmpty()) {
      throw absent(path);
    }
  }

  @Override
  public void dumpNar(StorePath path, OutputStream out)
      throws IOException, MalformedDataException, AbsentException, IntegrityException {
    PathInfo info = pathInfo(path).orElseThrow(() -> absent(path));
    NarDump.copy(realPath(path), info, storeDir(), out);
  }

  @Override
  public void add(PathInfo info, InputStream nar) throws RefusedException {
    throw new RefusedException(
        layout.realStoreDir() + " is read without a Nix, which alone can add to it");
  }

  @Override
  public synchronized void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException("closing " + layout.database(), e);
    }
  }

  private static Connection connect(Path database) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setOpenMode(SQLiteOpenMode.OPEN_URI);
    config.setBusyTimeout(BUSY_MILLIS);
    return config.createConnection("jdbc:sqlite:file:" + database.toUri().getRawPath());
  }

  private PathInfo parse(StorePath path, ResultSet rows)
      throws SQLException, MalformedDataException {
    return new RawPathInfo(
            text(rows, "hash"),
            rows.getLong("narSize"),
            words(text(rows, "refs")),
            text(rows, "deriver"),
            words(text(rows, "sigs")),
            text(rows, "ca"),
            rows.getInt("ultimate") != 0,
            rows.getLong("registrationTime"))
        .parse(storeDir(), path);
  }

  static String text(ResultSet rows, String column) throws SQLException {
    String value = rows.getString(column);
    return value == null ? "" : value;
  }

  static List<String> words(String text) {
    return Arrays.stream(text.split(" ")).filter(word -> !word.isEmpty()).toList();
  }

  private synchronized <T> T query(PreparedStatement statement, String argument, Reader<T> reader)
      throws IOException, MalformedDataException {
    try {
      statement.setString(1, argument);
      try (ResultSet rows = statement.executeQuery()) {
        return reader.read(rows);
      }
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  private IOException failed(SQLException e) {
    return new IOException("Nix's database " + layout.database() + ": " + e.getMessage(), e);
  }

  private AbsentException absent(StorePath path) {
    return new AbsentException(path.in(storeDir()) + " is not valid");
  }
}
