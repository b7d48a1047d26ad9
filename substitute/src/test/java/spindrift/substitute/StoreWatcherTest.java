package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.nix.PathInfo;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.store.LocalStore;
import spindrift.store.LocalStores;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/** Paths that become valid while the node runs are noticed. */
final class StoreWatcherTest {
  private static final StorePath A = LookupNode.path('a');
  private static final StorePath B = LookupNode.path('b');
  private static final StorePath C = LookupNode.path('c');

  @TempDir Path folder;
  private final List<StorePath> registered = new CopyOnWriteArrayList<>();
  private FolderStore store;

  @BeforeEach
  void open() throws Exception {
    store = new FolderStore(folder);
  }

  @Test
  void tellsOfAPathOnceItIsValid() throws Exception {
    store.add(A, Bytes.utf8("there before"), List.of());
    try (StoreWatcher _ = StoreWatcher.start(store, registered::add)) {
      PathInfo info = store.write(B, Bytes.utf8("b"));
      store.add(C, Bytes.utf8("c"), List.of());
      LookupNode.await(() -> registered.contains(C));
      assertThat(registered).containsExactly(C);
      store.register(info);
      LookupNode.await(() -> registered.contains(B));
      assertThat(registered).containsExactly(C, B);
    }
  }

  @Test
  void asksWhenTheLockGoes() throws Exception {
    PathInfo info = store.write(A, Bytes.utf8("being written at the start"));
    Path lock = Files.createFile(store.layout().realStoreDir().resolve(A.baseName() + ".lock"));
    try (StoreWatcher _ = StoreWatcher.start(store, registered::add)) {
      store.register(info);
      Files.delete(lock);
      LookupNode.await(() -> registered.contains(A));
    }
  }

  @Test
  void aPathWithTheNameOfALockIsAPath() throws Exception {
    StorePath cargo = new StorePath(A.hashPart(), "Cargo.lock");
    try (StoreWatcher _ = StoreWatcher.start(store, registered::add)) {
      store.add(cargo, Bytes.utf8("[[package]]"), List.of());
      LookupNode.await(() -> registered.contains(cargo));
    }
  }

  @Test
  void namesThatAreNoPathsAreLeftAlone() throws Exception {
    try (StoreWatcher _ = StoreWatcher.start(store, registered::add)) {
      Files.createDirectory(store.layout().realStoreDir().resolve(".links"));
      Files.createFile(store.layout().realStoreDir().resolve("tmp-123"));
      Files.createFile(store.layout().realStoreDir().resolve("x.lock"));
      store.add(A, Bytes.utf8("a"), List.of());
      LookupNode.await(() -> registered.contains(A));
      assertThat(registered).containsExactly(A);
    }
  }

  /** Java keeps 512 events; of more it says that some were lost. */
  @Test
  void findsAllOfThemWhenThereAreMoreThanTheSystemTellsOf() throws Exception {
    store.add(A, Bytes.utf8("there before"), List.of());
    CountDownLatch go = new CountDownLatch(1);
    Consumer<StorePath> slow =
        path -> {
          registered.add(path);
          awaitQuietly(go);
        };
    try (StoreWatcher _ = StoreWatcher.start(store, slow)) {
      store.add(B, Bytes.utf8("b"), List.of());
      LookupNode.await(() -> registered.contains(B));
      List<StorePath> many = new ArrayList<>();
      for (int i = 0; i < 700; i++) {
        many.add(LookupTest.numbered(i));
        store.add(many.getLast(), Bytes.utf8("n"), List.of());
      }
      go.countDown();
      LookupNode.await(() -> registered.size() >= 701);
      assertThat(registered).containsAll(many).doesNotContain(A);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aStoreWithoutAFolderCannotBeWatched() throws Exception {
    Files.delete(store.layout().realStoreDir());
    assertThatThrownBy(() -> StoreWatcher.start(store, registered::add))
        .isInstanceOf(IOException.class);
  }

  @Test
  void noticesWhatNixRegisters(@TempDir Path scratch) throws Exception {
    assumeThat(RealNix.newest()).as("a real Nix").isPresent();
    NixClient nix = RealNix.newest().orElseThrow().client(scratch.resolve("nix"));
    Path file = Files.writeString(scratch.resolve("first"), "first");
    nix.run("nix-store", "--add", file.toString());
    try (LocalStore real = LocalStores.open(nix.root().toString()).orElseThrow();
        StoreWatcher _ = StoreWatcher.start(real, registered::add)) {
      Path next = Files.writeString(scratch.resolve("second"), "second");
      String added = nix.run("nix-store", "--add", next.toString()).line();
      StorePath path = StorePath.parse(StoreDir.DEFAULT, added);
      LookupNode.await(() -> registered.contains(path));
      assertThat(registered).containsExactly(path);
    }
  }
}
