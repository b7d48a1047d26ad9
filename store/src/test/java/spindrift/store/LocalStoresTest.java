package spindrift.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.ConfigException;
import spindrift.nix.ContentAddress;
import spindrift.nix.PathInfo;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.store.ScriptedDaemon.Script;
import spindrift.store.ScriptedDaemon.Then;
import spindrift.store.ScriptedDaemon.Words;

final class LocalStoresTest {
  private static final StorePath PATH = new StorePath("0".repeat(32), "path");
  private static final StorePath OTHER = new StorePath("1".repeat(32), "other");

  @TempDir Path scratch;

  private final LocalStores withoutNix = new LocalStores(Map.of("PATH", "/nonexistent"));

  @Test
  void findsNothingWhereNothingIsAskedFor() throws Exception {
    assertThat(withoutNix.find("none")).isEmpty();
    assertThat(LocalStores.open("none")).isEmpty();
  }

  @Test
  void findsNothingOnAMachineWithoutNix() throws Exception {
    Map<String, String> elsewhere = Map.of("NIX_STATE_DIR", scratch.toString(), "PATH", "");
    assertThat(new LocalStores(elsewhere).find("auto")).isEmpty();
  }

  @Test
  void prefersTheSocketOfThisMachine() throws Exception {
    Path socket = Files.createDirectory(scratch.resolve("daemon-socket")).resolve("socket");
    Script greeting = new Words().greeting(38).then(Then.STALL);
    // Where this machine has a database, each look whether somebody listens takes one more.
    try (ScriptedDaemon daemon = new ScriptedDaemon(socket, Collections.nCopies(4, greeting))) {
      Map<String, String> moved = Map.of("NIX_STATE_DIR", scratch.toString());
      try (LocalStore store = new LocalStores(moved).find("auto").orElseThrow()) {
        assertThat(((DaemonStore) store).about().nixVersion()).isEqualTo("9.9.9");
        assertThat(store.storeDir()).isEqualTo(StoreDir.DEFAULT);
      }
      Map<String, String> named = Map.of("NIX_DAEMON_SOCKET_PATH", daemon.socket().toString());
      try (LocalStore store = new LocalStores(named).find("auto").orElseThrow()) {
        assertThat(((DaemonStore) store).about().protocolMinor()).isEqualTo(38);
      }
    }
  }

  @Test
  void passesOverTheSocketOfADaemonThatWasStopped() throws Exception {
    Path socket = Files.createDirectory(scratch.resolve("daemon-socket")).resolve("socket");
    new ScriptedDaemon(socket, List.of()).close();
    LocalStores stores =
        new LocalStores(Map.of("NIX_STATE_DIR", scratch.toString(), "PATH", "/nonexistent"));
    assertThat(socket).exists();
    try (LocalStore store = stores.find("auto").orElseThrow()) {
      assertThat(store).as("it may come back").isInstanceOf(DaemonStore.class);
    }
    makeDatabase(StoreLayout.host(Map.of("NIX_STATE_DIR", scratch.toString())), "10\n");
    try (LocalStore store = stores.find("auto").orElseThrow()) {
      assertThat(store).isInstanceOf(DatabaseStore.class);
      assertThat(store.pathInfo(PATH)).isPresent();
    }
  }

  @Test
  void opensASocketByName() throws Exception {
    Path socket = scratch.resolve("socket");
    try (ScriptedDaemon daemon = new ScriptedDaemon(socket, List.of())) {
      try (LocalStore store = withoutNix.find("unix:" + daemon.socket()).orElseThrow()) {
        assertThat(store.realPath(PATH)).hasToString("/nix/store/" + PATH);
      }
      String inChroot = "unix://" + socket + "?root=" + scratch;
      try (LocalStore store = withoutNix.find(inChroot).orElseThrow()) {
        assertThat(store.realPath(PATH)).isEqualTo(scratch.resolve("nix/store/" + PATH));
        assertThat(store.storeDir()).isEqualTo(StoreDir.DEFAULT);
      }
    }
  }

  @Test
  void saysWhatToDoAboutWhatCannotBeOpened() {
    assertThatThrownBy(() -> withoutNix.find("unix:" + scratch.resolve("absent")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("is nix-daemon running?");
    assertThatThrownBy(() -> withoutNix.find("yes"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("auto, none, unix:SOCKET or a folder");
    assertThatThrownBy(() -> withoutNix.find(scratch.toString()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("no Nix store there");
  }

  @Test
  void readsADatabaseWhereThereIsNoNix() throws Exception {
    Path root = Files.createDirectory(scratch.resolve("with blank, 100% & #?é"));
    makeDatabase(StoreLayout.chroot(root), "10\n");
    try (LocalStore store = withoutNix.find(root.toString()).orElseThrow()) {
      assertThat(store).isInstanceOf(DatabaseStore.class);
      PathInfo info = store.pathInfo(PATH).orElseThrow();
      assertThat(info.references()).containsExactly(PATH, OTHER);
      assertThat(info.narHash().hex()).isEqualTo("ab".repeat(32));
      assertThat(info.origin()).isEqualTo(PathInfo.Origin.BUILT_HERE);
      assertThat(info.deriver()).isEmpty();
      assertThat(info.signatures()).as("of a kind not known").isEmpty();
      assertThat(store.pathInfo(OTHER).orElseThrow().ca().map(ContentAddress::method))
          .contains(ContentAddress.Method.NAR);
      assertThat(store.allPaths()).containsExactlyInAnyOrder(PATH, OTHER);
      assertThat(store.closure(List.of(PATH))).containsExactly(OTHER, PATH);
    }
  }

  @Test
  void refusesADatabaseThatItDoesNotUnderstand() throws Exception {
    makeDatabase(StoreLayout.chroot(scratch), "11\n");
    assertThatThrownBy(() -> withoutNix.find(scratch.toString()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("its schema is not 10");
    Files.writeString(StoreLayout.chroot(scratch).database().resolveSibling("schema"), "10");
    Files.writeString(StoreLayout.chroot(scratch).database(), "garbage ".repeat(1000));
    assertThatThrownBy(() -> withoutNix.find(scratch.toString()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("cannot be read");
  }

  @Test
  void findsBuildLogs() throws Exception {
    StoreLayout layout = StoreLayout.chroot(scratch);
    StorePath derivation = new StorePath("0".repeat(32), "x.drv");
    Path folder = Files.createDirectories(scratch.resolve("nix/var/log/nix/drvs/00"));
    assertThat(layout.buildLog(derivation)).isEmpty();
    Path plain = Files.writeString(folder.resolve("0".repeat(30) + "-x.drv"), "log");
    assertThat(layout.buildLog(derivation)).isEqualTo(Optional.of(plain));
    Path compressed = Files.writeString(folder.resolve("0".repeat(30) + "-x.drv.bz2"), "BZh");
    assertThat(layout.buildLog(derivation)).isEqualTo(Optional.of(compressed));
  }

  private void makeDatabase(StoreLayout layout, String schema) throws Exception {
    Path folder = Files.createDirectories(layout.database().getParent());
    Files.writeString(folder.resolve("schema"), schema);
    // The driver takes what follows a "?" in a plain file name for settings: made, then moved.
    Path plain = scratch.resolve("plain.sqlite");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + plain);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(
          """
          CREATE TABLE ValidPaths (id INTEGER PRIMARY KEY, path TEXT UNIQUE, hash TEXT,
            registrationTime INTEGER, deriver TEXT, narSize INTEGER, ultimate INTEGER,
            sigs TEXT, ca TEXT)\
          """);
      statement.executeUpdate("CREATE TABLE Refs (referrer INTEGER, reference INTEGER)");
      statement.executeUpdate(
          "INSERT INTO ValidPaths VALUES (1, '/nix/store/%s', 'sha256:%s', 5, NULL, 120, 1, 'k:z', NULL)"
              .formatted(PATH, "ab".repeat(32)));
      statement.executeUpdate(
          "INSERT INTO ValidPaths VALUES (2, '/nix/store/%s', 'sha256:%s', 5, NULL, 96, NULL, NULL, 'fixed:r:sha256:%s')"
              .formatted(OTHER, "cd".repeat(32), "ef".repeat(32)));
      statement.executeUpdate("INSERT INTO Refs VALUES (1, 1), (1, 2)");
    }
    Files.move(plain, layout.database());
  }
}
