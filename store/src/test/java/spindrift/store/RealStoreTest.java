package spindrift.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.base.RefusedException;
import spindrift.nix.FileMode;
import spindrift.nix.NarWriter;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.Signature;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.testkit.NixClient;
import spindrift.testkit.NixDaemon;
import spindrift.testkit.RealNix;

/**
 * What a store says is what Nix itself says, in each version of Nix and by each way to the store.
 */
final class RealStoreTest {
  private static final String CANDIDATES = "spindrift.testkit.RealNix#candidates";
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  @TempDir Path scratch;

  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void saysWhatNixSaysByEveryWay(RealNix nix) throws Exception {
    NixClient client = client(nix);
    StorePath tree = addTree(client);
    StorePath text = addTextWithReference(client);
    List<String> paths = client.run("nix", "path-info", "--all").lines();
    assertThat(paths).hasSize(3);

    for (LocalStore store : everyWay(client)) {
      assertThat(store.allPaths()).map(path -> path.in(StoreDir.DEFAULT)).hasSameElementsAs(paths);
      for (StorePath path : store.allPaths()) {
        comparePathInfo(client, store, path);
        assertThat(narOf(store, path))
            .isEqualTo(client.run("nix-store", "--dump", store.realPath(path).toString()).stdout());
      }
      assertThat(store.closure(List.of(text, tree)))
          .map(path -> path.in(StoreDir.DEFAULT))
          .hasSameElementsAs(paths)
          .doesNotHaveDuplicates();
      List<StorePath> closure = store.closure(Set.of(text));
      assertThat(closure.getLast()).isEqualTo(text);
      assertThat(closure).hasSize(2);
    }
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void findsOnlyWhatIsValid(RealNix nix) throws Exception {
    NixClient client = client(nix);
    StorePath tree = addTree(client);
    StorePath otherName = new StorePath(tree.hashPart(), "other");
    StorePath absent = new StorePath("0".repeat(32), "absent");

    for (LocalStore store : everyWay(client)) {
      assertThat(store.byHashPart(tree.hashPart())).contains(tree);
      assertThat(store.byHashPart(absent.hashPart())).isEmpty();
      assertThat(store.byHashPart("z".repeat(32))).isEmpty();
      assertThat(store.pathInfo(absent)).isEmpty();
      assertThat(store.pathInfo(otherName)).isEmpty();
      assertThat(store.validPaths(Set.of(tree, otherName, absent))).containsExactly(tree);
      assertThatThrownBy(() -> store.byHashPart("short"))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> store.protect(absent)).isInstanceOf(AbsentException.class);
      assertThatThrownBy(() -> store.closure(List.of(absent))).isInstanceOf(AbsentException.class);
      assertThatThrownBy(() -> store.dumpNar(absent, OutputStream.nullOutputStream()))
          .isInstanceOf(AbsentException.class);
      assertThat(store.pathInfo(tree)).as("still works after errors").isPresent();
    }
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void addsWhatNixThenKnows(RealNix nix) throws Exception {
    NixClient client = client(nix);
    StorePath dependency = addTree(client);

    int number = 0;
    for (LocalStore store : daemons(client)) {
      String hashPart = String.valueOf(++number).repeat(32);
      Bytes nar = narOfFile(Bytes.utf8("contents ".repeat(30_000 + number)));
      Signature signature = new Signature("key-" + number, Bytes.owning(new byte[64]));
      StorePath path = new StorePath(hashPart, "added");
      PathInfo info =
          new PathInfo(
              path,
              NixHash.sha256Of(nar),
              nar.size(),
              List.of(dependency, path),
              Optional.of(new StorePath(hashPart, "added.drv")),
              List.of(signature),
              Optional.empty(),
              PathInfo.Origin.BUILT_HERE,
              1_700_000_000);

      store.add(info, stream(nar));

      PathInfo read = store.pathInfo(path).orElseThrow();
      assertThat(read.origin()).isEqualTo(PathInfo.Origin.ELSEWHERE);
      assertThat(read.signatures()).containsExactly(signature);
      assertThat(read.deriver()).isEqualTo(info.deriver());
      assertThat(narOf(store, path)).isEqualTo(nar);
      comparePathInfo(client, store, path);
      store.add(info, stream(nar));
    }
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void passesOnWhatTheDaemonRefuses(RealNix nix) throws Exception {
    NixClient client = client(nix);
    StorePath tree = addTree(client);
    Bytes nar = narOfFile(Bytes.utf8("contents"));
    Bytes other = narOfFile(Bytes.utf8("CONTENTS"));
    StorePath path = new StorePath("1".repeat(32), "bad");
    PathInfo info = PathInfo.of(path, NixHash.sha256Of(nar), nar.size(), List.of());

    for (LocalStore store : daemons(client)) {
      assertThatThrownBy(() -> store.add(info, stream(other)))
          .isInstanceOf(DaemonException.class)
          .hasMessageContaining("hash mismatch")
          .hasMessageNotContaining("\u001b");
      assertThatThrownBy(() -> store.add(info, stream(nar.slice(0, 50))))
          .isInstanceOf(IOException.class);
      assertThat(store.pathInfo(path)).isEmpty();
      assertThat(store.pathInfo(tree)).isPresent();
    }
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void seesAPathThatComesAfterItWasAskedFor(RealNix nix) throws Exception {
    NixClient client = client(nix);
    Path file = Files.writeString(scratch.resolve("late"), "late");
    String late = client.run("nix-store", "--add", file.toString()).line();
    StorePath path = StorePath.parse(StoreDir.DEFAULT, late);
    client.run("nix-store", "--delete", late);

    for (LocalStore store : everyWay(client)) {
      assertThat(store.pathInfo(path)).isEmpty();
      client.run("nix-store", "--add", file.toString());
      assertThat(store.pathInfo(path)).isPresent();
      assertThat(store.validPaths(Set.of(path))).containsExactly(path);
      client.run("nix-store", "--delete", late);
      assertThat(store.pathInfo(path)).isEmpty();
      assertThat(store.validPaths(Set.of(path))).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void keepsTheGarbageCollectorAwayFromWhatIsProtected(RealNix nix) throws Exception {
    NixClient client = client(nix);
    StorePath tree = addTree(client);
    StorePath text = addTextWithReference(client);
    LocalStore store = daemons(client).getFirst();

    store.protect(text);
    store.protect(text);
    client.run("nix-store", "--gc");

    assertThat(store.validPaths(Set.of(text, tree))).containsExactly(text);
    assertThat(store.closure(List.of(text))).hasSize(2);
    assertThat(store.realPath(text)).exists();
    assertThat(store.realPath(tree)).doesNotExist();
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void saysThatTheStoreIsDamaged(RealNix nix) throws Exception {
    NixClient client = client(nix);
    Path file = Files.writeString(scratch.resolve("victim"), "12345678");
    String added = client.run("nix-store", "--add", file.toString()).line();
    StorePath path = StorePath.parse(StoreDir.DEFAULT, added);
    Path physical = client.physical(added);
    Files.setPosixFilePermissions(physical, PosixFilePermissions.fromString("rw-r--r--"));
    Files.writeString(physical, "1234567X");
    Files.setPosixFilePermissions(physical, PosixFilePermissions.fromString("r--r--r--"));

    for (LocalStore store : everyWay(client)) {
      assertThatThrownBy(() -> store.dumpNar(path, OutputStream.nullOutputStream()))
          .isInstanceOf(IntegrityException.class);
      assertThat(store.pathInfo(path)).isPresent();
    }
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void saysWhichNixItTalksTo(RealNix nix) throws Exception {
    NixClient client = client(nix);
    addTree(client);
    for (LocalStore store : daemons(client)) {
      DaemonInfo info = ((DaemonStore) store).about();
      assertThat(info.protocolMinor())
          .isBetween(DaemonConnection.MIN_MINOR, DaemonConnection.MAX_MINOR);
      if (info.protocolMinor() >= 33) {
        assertThat(info.nixVersion()).isEqualTo(nix.version());
      }
      if (info.protocolMinor() >= 35) {
        assertThat(info.trust()).isNotEqualTo(DaemonInfo.Trust.UNKNOWN);
      }
    }
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void opensAFolderWithTheNixOnThePath(RealNix nix) throws Exception {
    NixClient client = client(nix);
    StorePath tree = addTree(client);
    LocalStores stores =
        new LocalStores(Map.of("PATH", "/nonexistent:" + nix.program("nix-daemon").getParent()));

    LocalStore store = open(stores.find(client.root().toString()).orElseThrow());

    assertThat(store.byHashPart(tree.hashPart())).contains(tree);
    store.protect(tree);
    assertThat(narOf(store, tree).size()).isEqualTo((int) store.pathInfo(tree).get().narSize());
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void answersManyThreadsAtOnce(RealNix nix) throws Exception {
    NixClient client = client(nix);
    StorePath tree = addTree(client);
    for (LocalStore store : everyWay(client)) {
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Callable<Optional<PathInfo>>> calls =
            Collections.nCopies(100, () -> store.pathInfo(tree));
        for (Future<Optional<PathInfo>> answer : threads.invokeAll(calls)) {
          assertThat(answer.get()).isPresent();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void neverWritesToTheDatabase(RealNix nix) throws Exception {
    NixClient client = client(nix);
    StorePath tree = addTree(client);
    StoreLayout layout = StoreLayout.chroot(client.root());
    Bytes before = Bytes.owning(Files.readAllBytes(layout.database()));

    try (LocalStore store = DatabaseStore.open(layout)) {
      PathInfo info = store.pathInfo(tree).orElseThrow();
      store.allPaths();
      assertThatThrownBy(() -> store.add(info, InputStream.nullInputStream()))
          .isInstanceOf(RefusedException.class);
    }

    assertThat(Bytes.owning(Files.readAllBytes(layout.database()))).isEqualTo(before);
    client.run("nix-store", "--verify");
  }

  private NixClient client(RealNix nix) throws IOException {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    return nix.client(scratch);
  }

  private StorePath addTree(NixClient client) throws Exception {
    Path tree = Files.createDirectories(scratch.resolve("tree"));
    Files.createDirectories(tree.resolve("empty directory"));
    Files.createDirectories(tree.resolve("bin"));
    Files.writeString(tree.resolve("bin/größe"), "x".repeat(100_001));
    Path script = Files.writeString(tree.resolve("bin/script"), "#!/bin/sh\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createSymbolicLink(tree.resolve("link"), Path.of("bin/nowhere"));
    String path = client.run("nix-store", "--add", tree.toString()).line();
    return StorePath.parse(StoreDir.DEFAULT, path);
  }

  private static StorePath addTextWithReference(NixClient client) throws Exception {
    String expression = "builtins.toFile \"outer\" \"see ${builtins.toFile \"inner\" \"inner\"}\"";
    String quoted =
        client.run("nix-instantiate", "--eval", "--read-write-mode", "--expr", expression).line();
    return StorePath.parse(StoreDir.DEFAULT, quoted.replace("\"", ""));
  }

  private List<LocalStore> daemons(NixClient client) throws IOException {
    StoreLayout layout = StoreLayout.chroot(client.root());
    NixDaemon daemon = client.startDaemon();
    opened.add(daemon);
    List<String> stdio = client.command(client.storeUri(), "nix-daemon", "--stdio").command();
    return List.of(
        open(new DaemonStore(layout, new DaemonEndpoint.Socket(daemon.socket()), DEADLINE)),
        open(new DaemonStore(layout, new DaemonEndpoint.Program(stdio), DEADLINE)));
  }

  private List<LocalStore> everyWay(NixClient client) throws Exception {
    List<LocalStore> stores = new ArrayList<>(daemons(client));
    stores.add(open(DatabaseStore.open(StoreLayout.chroot(client.root()))));
    return stores;
  }

  private LocalStore open(LocalStore store) {
    opened.add(store);
    return store;
  }

  private static void comparePathInfo(NixClient client, LocalStore store, StorePath path)
      throws Exception {
    PathInfo info = store.pathInfo(path).orElseThrow();
    String full = path.in(StoreDir.DEFAULT);
    String deriver = info.deriver().map(p -> p.in(StoreDir.DEFAULT)).orElse("unknown-deriver");
    List<String> said =
        Stream.of("--hash", "--size", "--deriver")
            .flatMap(what -> query(client, what, full).stream())
            .toList();
    assertThat(NixHash.parse(said.get(0))).isEqualTo(info.narHash());
    assertThat(said.get(1)).isEqualTo(Long.toString(info.narSize()));
    assertThat(said.get(2)).isEqualTo(deriver);
    assertThat(info.references())
        .map(reference -> reference.in(StoreDir.DEFAULT))
        .hasSameElementsAs(query(client, "--references", full));
    String line = client.run("nix", "path-info", "--sigs", full).line();
    Set<String> sigs = new HashSet<>(Arrays.asList(line.split("\\s+")));
    assertThat(sigs).containsAll(info.signatures().stream().map(Signature::render).toList());
    assertThat(sigs.contains("ca:" + info.ca().map(Object::toString).orElse("")))
        .isEqualTo(info.ca().isPresent());
  }

  private static List<String> query(NixClient client, String what, String path) {
    try {
      return client.run("nix-store", "--query", what, path).lines();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Bytes narOf(LocalStore store, StorePath path) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    store.dumpNar(path, out);
    return Bytes.owning(out.toByteArray());
  }

  private static Bytes narOfFile(Bytes contents) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NarWriter writer = new NarWriter(out);
    writer.regular(FileMode.REGULAR, contents.size(), stream(contents));
    writer.finish();
    return Bytes.owning(out.toByteArray());
  }

  private static InputStream stream(Bytes bytes) {
    return new ByteArrayInputStream(bytes.toArray());
  }
}
