package spindrift.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import spindrift.base.MalformedDataException;
import spindrift.nix.Realisation;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/**
 * The realisations in Nix's own database, as Nix 2.4 to 2.34 keeps them. Its tables are there from
 * when the store was first used with content-addressing derivations switched on.
 */
final class StoredRealisations {
  private static final String HAS_TABLE =
      "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?";

  private static final String FIND =
      """
      SELECT r.id, p.path, r.signatures
      FROM Realisations r JOIN ValidPaths p ON p.id = r.outputPath
      WHERE r.drvPath = ? AND r.outputName = ?\
      """;

  private static final String DEPENDENT =
      """
      SELECT d.drvPath || '!' || d.outputName, p.path
      FROM RealisationsRefs x JOIN Realisations d ON d.id = x.realisationReference
        JOIN ValidPaths p ON p.id = d.outputPath
      WHERE x.referrer = ?\
      """;

  private final Connection connection;
  private final StoreDir storeDir;

  /**
   * @param connection for this alone while it is asked
   */
  StoredRealisations(Connection connection, StoreDir storeDir) {
    this.connection = connection;
    this.storeDir = storeDir;
  }

  Optional<Realisation> find(Realisation.Id id) throws SQLException, MalformedDataException {
    if (!hasTable("Realisations")) {
      return Optional.empty();
    }
    try (PreparedStatement statement = connection.prepareStatement(FIND)) {
      statement.setString(1, id.derivationHash().prefixedHex());
      statement.setString(2, id.outputName());
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          return Optional.empty();
        }
        StorePath output = StorePath.parse(storeDir, rows.getString(2));
        List<String> signatures = DatabaseStore.words(DatabaseStore.text(rows, "signatures"));
        return Optional.of(new Realisation(id, output, signatures, dependent(rows.getLong(1))));
      }
    }
  }

  private SortedMap<Realisation.Id, StorePath> dependent(long row)
      throws SQLException, MalformedDataException {
    SortedMap<Realisation.Id, StorePath> all = new TreeMap<>();
    if (hasTable("RealisationsRefs")) {
      try (PreparedStatement statement = connection.prepareStatement(DEPENDENT)) {
        statement.setLong(1, row);
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            all.put(
                Realisation.Id.parse(rows.getString(1)),
                StorePath.parse(storeDir, rows.getString(2)));
          }
        }
      }
    }
    return all;
  }

  private boolean hasTable(String name) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(HAS_TABLE)) {
      statement.setString(1, name);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() && rows.getInt(1) > 0;
      }
    }
  }
}
