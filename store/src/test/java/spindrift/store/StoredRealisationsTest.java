package spindrift.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.nix.NixHash;
import spindrift.nix.Realisation;
import spindrift.nix.StorePath;

/** What Nix's own database knows of content-addressing derivations, read without Nix. */
final class StoredRealisationsTest {
  private static final StorePath FIRST = new StorePath("a".repeat(32), "first");
  private static final StorePath SECOND = new StorePath("b".repeat(32), "second");
  private static final Realisation.Id FIRST_OUT = id("first");
  private static final Realisation.Id SECOND_OUT = id("second");

  @TempDir Path root;
  private StoreLayout layout;

  private static Realisation.Id id(String derivation) {
    return new Realisation.Id(NixHash.sha256Of(Bytes.utf8(derivation)), "out");
  }

  @BeforeEach
  void makeStore() throws Exception {
    layout = StoreLayout.chroot(root);
    Files.createDirectories(layout.database().getParent());
    Files.createDirectories(layout.realStoreDir());
    Files.writeString(layout.database().resolveSibling("schema"), "10");
    run(
        "create table ValidPaths (id integer primary key, path text, hash text, narSize integer,"
            + " deriver text, sigs text, ca text, ultimate integer, registrationTime integer)",
        "create table Refs (referrer integer, reference integer)");
  }

  private void run(String... statements) throws Exception {
    try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + layout.database());
        Statement statement = database.createStatement()) {
      for (String one : statements) {
        statement.executeUpdate(one);
      }
    }
  }

  @Test
  void areThereWhereTheirTablesAre() throws Exception {
    try (DatabaseStore store = DatabaseStore.open(layout)) {
      assertThat(store.realisation(FIRST_OUT)).as("never used with them").isEmpty();
    }
    run(
        "create table Realisations (id integer primary key, drvPath text, outputName text,"
            + " outputPath integer, signatures text)",
        "insert into ValidPaths (id, path) values (1, '/nix/store/" + FIRST.baseName() + "')",
        "insert into ValidPaths (id, path) values (2, '/nix/store/" + SECOND.baseName() + "')",
        "insert into Realisations values (7, '"
            + FIRST_OUT.derivationHash().prefixedHex()
            + "', 'out', 1, null)",
        "insert into Realisations values (8, '"
            + SECOND_OUT.derivationHash().prefixedHex()
            + "', 'out', 2, 'a-1:xyz b-1:uvw')");
    try (DatabaseStore store = DatabaseStore.open(layout)) {
      assertThat(store.realisation(FIRST_OUT))
          .contains(new Realisation(FIRST_OUT, FIRST, List.of(), new TreeMap<>()));
      assertThat(store.realisation(SECOND_OUT))
          .contains(
              new Realisation(SECOND_OUT, SECOND, List.of("a-1:xyz", "b-1:uvw"), new TreeMap<>()));
      assertThat(store.realisation(id("third"))).isEmpty();
    }
    run(
        "create table RealisationsRefs (referrer integer, realisationReference integer)",
        "insert into RealisationsRefs values (8, 7)");
    try (DatabaseStore store = DatabaseStore.open(layout)) {
      assertThat(store.realisation(SECOND_OUT).orElseThrow().dependentRealisations())
          .isEqualTo(Map.of(FIRST_OUT, FIRST));
    }
  }
}
