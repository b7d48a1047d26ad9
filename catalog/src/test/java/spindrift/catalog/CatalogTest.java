package spindrift.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;
import spindrift.catalog.CatalogRecord.Origin;
import spindrift.catalog.CatalogRecord.Pin;
import spindrift.ipld.Block;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/** Records come back as they were put. */
final class CatalogTest {
  @TempDir Path folder;

  @Test
  void keepsEverythingOverReopening() throws Exception {
    List<CatalogRecord> records =
        List.of(
            record('a', Origin.STORE, Pin.PINNED, Optional.of(Bytes.of(1, 2, 3))),
            record('b', Origin.UPLOAD, Pin.UNPINNED, Optional.empty()));
    try (Catalog catalog = open()) {
      catalog.put(records);
      catalog.documents().put("log/x.drv", Bytes.utf8("built"));
    }
    try (Catalog catalog = open()) {
      for (CatalogRecord record : records) {
        assertThat(catalog.find(record.path())).contains(record);
        assertThat(catalog.find(record.path().hashPart())).contains(record);
        assertThat(catalog.findByNarHash(record.narInfo().narHash())).containsExactly(record);
      }
      assertThat(catalog.pageAfter("")).isEqualTo(records);
      ByteSource log = catalog.documents().find("log/x.drv").orElseThrow();
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      log.writeTo(ByteTarget.of(text), 0, log.size());
      assertThat(text).hasToString("built");
      assertThat(catalog.documents().find("log/y.drv")).isEmpty();
      assertThat(catalog.totals().records()).isEqualTo(2);
      assertThat(catalog.totals().pinned()).isEqualTo(1);
    }
  }

  @Test
  void findsOnlyTheFullName() throws Exception {
    try (Catalog catalog = open()) {
      catalog.put(List.of(record('a', Origin.STORE, Pin.PINNED, Optional.empty())));
      StorePath renamed = new StorePath(Holdings.path('a').hashPart(), "renamed");
      assertThat(catalog.find(renamed)).isEmpty();
      assertThat(catalog.pin(renamed, Pin.UNPINNED)).isFalse();
      assertThat(catalog.pin(Holdings.path('a'), Pin.UNPINNED)).isTrue();
      assertThat(catalog.find(Holdings.path('a')).orElseThrow().pin()).isEqualTo(Pin.UNPINNED);
      catalog.remove(List.of(Holdings.path('a')));
      assertThat(catalog.find(Holdings.path('a'))).isEmpty();
    }
  }

  @Test
  void walksManyRecordsInOrder() throws Exception {
    try (Holdings here = Holdings.open(folder)) {
      List<CatalogRecord> records = new ArrayList<>();
      for (int i = 0; i < 1203; i++) {
        String number = String.format("%032d", i);
        records.add(
            record(new StorePath(number, "n"), Origin.UPLOAD, Pin.PINNED, Optional.empty()));
      }
      here.catalog.put(records);
      assertThat(here.housekeeping.allRecords()).containsExactlyElementsOf(records);
    }
  }

  @Test
  void aCatalogOfANewerVersionIsLeftAlone() throws Exception {
    open().close();
    try (Connection db = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = db.createStatement()) {
      statement.execute("PRAGMA user_version = 99");
    }
    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("newer Spindrift")
        .hasMessageContaining(file().toString());
  }

  @Test
  void aFileThatIsNoCatalogIsNamed() throws Exception {
    Files.writeString(file(), "this is not a database, however one looks at it ".repeat(100));
    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file().toString());
  }

  @Test
  void aDamagedRecordIsAnErrorAndNotAnother() throws Exception {
    try (Catalog catalog = open()) {
      catalog.put(List.of(record('a', Origin.STORE, Pin.PINNED, Optional.empty())));
    }
    try (Connection db = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = db.createStatement()) {
      statement.execute("UPDATE records SET narinfo = 'StorePath: nonsense'");
    }
    try (Catalog catalog = open()) {
      assertThatThrownBy(() -> catalog.find(Holdings.path('a')))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("damaged record");
    }
  }

  @Test
  void refusesDocumentsThatAreTooLarge() throws Exception {
    try (Catalog catalog = open()) {
      Bytes large = Bytes.owning(new byte[Documents.MAX_SIZE + 1]);
      assertThatThrownBy(() -> catalog.documents().put("log/x.drv", large))
          .isInstanceOf(LimitExceededException.class);
    }
  }

  private Catalog open() throws IOException {
    return Catalog.open(folder, StoreDir.DEFAULT);
  }

  private Path file() {
    return folder.resolve("catalog.db");
  }

  private static CatalogRecord record(
      char letter, Origin origin, Pin pin, Optional<Bytes> fingerprint) throws Exception {
    return record(Holdings.path(letter), origin, pin, fingerprint);
  }

  private static CatalogRecord record(
      StorePath path, Origin origin, Pin pin, Optional<Bytes> fingerprint) throws Exception {
    TestTree tree = TestTree.file(path.toString());
    return new CatalogRecord(
        Holdings.narInfo(path, tree).withPlainFile(),
        Block.raw(Bytes.utf8("nar")).cid(),
        Block.raw(Bytes.utf8("tree")).cid(),
        origin,
        pin,
        fingerprint,
        Instant.ofEpochMilli(1_700_000_000_000L),
        Instant.ofEpochMilli(1_700_000_000_001L));
  }
}
