package spindrift.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.base.FileIdentity;
import spindrift.base.LimitExceededException;
import spindrift.fuse.Answer;
import spindrift.fuse.Attributes;
import spindrift.fuse.Content;
import spindrift.fuse.Directory;
import spindrift.fuse.Errno;
import spindrift.fuse.FileTree;
import spindrift.fuse.FileType;
import spindrift.fuse.FuseException;
import spindrift.fuse.Lookup;
import spindrift.ipld.Cid;
import spindrift.nix.FileMode;
import spindrift.testkit.Seeds;

/** What the kernel is told, without a kernel. */
@Timeout(60)
class StoreTreeTest {
  private static final Duration SHORT = Duration.ofMillis(200);

  @TempDir Path scratch;

  private final MemoryDepot depot = new MemoryDepot();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    depot.gate.countDown();
    for (AutoCloseable one : opened) {
      one.close();
    }
  }

  private FileTree open(MountSettings settings) throws Exception {
    StoreMount mount = StoreMount.open(depot, settings);
    opened.add(mount);
    return mount.tree();
  }

  private static <T> T answer(Answer<T> answer) throws Exception {
    return switch (answer) {
      case Answer.Now<T>(T value) -> value;
      case Answer.Later<T> later -> later.work().call();
    };
  }

  private static Lookup.Entry entry(FileTree tree, long parent, Bytes name) throws Exception {
    return (Lookup.Entry) answer(tree.lookup(parent, name));
  }

  private static long node(FileTree tree, String... names) throws Exception {
    long node = FileTree.ROOT;
    for (String name : names) {
      node = entry(tree, node, Bytes.utf8(name)).node();
    }
    return node;
  }

  private static Bytes read(FileTree tree, long node, long offset, int size) throws Exception {
    Content content = answer(tree.read(node, offset, size));
    byte[] bytes = new byte[size];
    int at = 0;
    for (Content.Slice slice : content.slices()) {
      switch (slice) {
        case Content.Memory(MemorySegment memory) ->
            MemorySegment.copy(
                memory, ValueLayout.JAVA_BYTE, 0, bytes, at, (int) memory.byteSize());
        case Content.FileRange(var file, long position, long length) ->
            assertThat(file.read(ByteBuffer.wrap(bytes, at, (int) length), position))
                .isEqualTo((int) length);
      }
      at += (int) slice.size();
    }
    assertThat(at).isEqualTo(size);
    content.release().run();
    return Bytes.owning(bytes);
  }

  private static Map<Bytes, Long> list(FileTree tree, long node) throws Exception {
    Map<Bytes, Long> names = new TreeMap<>();
    Directory directory = answer(tree.directory(node));
    long[] after = {0};
    for (int before = -1; before != names.size(); ) {
      before = names.size();
      directory.list(
          after[0],
          new Directory.Sink() {
            private int taken;

            @Override
            public boolean add(Bytes name, long cursor, Lookup.Entry entry) {
              return addName(name, cursor, entry.attributes().inode());
            }

            @Override
            public boolean addName(Bytes name, long cursor, long inode) {
              if (taken++ == 3) {
                return false;
              }
              after[0] = cursor;
              assertThat(names.put(name, inode)).isNull();
              return true;
            }
          });
    }
    return names;
  }

  private static Errno failure(Answer<?> answer) {
    try {
      answer(answer);
    } catch (FuseException e) {
      return e.errno();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    throw new AssertionError("it did not fail");
  }

  @Test
  void showsATreeAsItWasPacked() {
    Seeds.forEach(
        10,
        random -> {
          SeededTree.Directory packed = SeededTree.random(random, 3);
          depot.add("some", packed);
          try (StoreMount mount = StoreMount.open(depot, MountSettings.all())) {
            FileTree tree = mount.tree();
            Lookup.Entry root = entry(tree, FileTree.ROOT, name("some"));
            Set<Long> inodes = new HashSet<>();
            compare(tree, root, packed, inodes);
          }
        });
  }

  private static Bytes name(String name) {
    return Bytes.utf8(MemoryDepot.path(name).baseName());
  }

  private static void compare(
      FileTree tree, Lookup.Entry entry, SeededTree packed, Set<Long> inodes) throws Exception {
    Attributes attributes = entry.attributes();
    assertThat(inodes.add(attributes.inode())).isTrue();
    assertThat(tree.attributes(entry.node())).isEqualTo(attributes);
    assertThat(attributes.modified()).isEqualTo(1);
    switch (packed) {
      case SeededTree.Link(Bytes target) -> {
        assertThat(attributes.type()).isEqualTo(FileType.SYMLINK);
        assertThat(answer(tree.linkTarget(entry.node()))).isEqualTo(target);
        assertThat(attributes.size()).isEqualTo(target.size());
      }
      case SeededTree.Regular(FileMode mode, Bytes content) -> {
        assertThat(attributes.type()).isEqualTo(FileType.REGULAR);
        assertThat(attributes.permissions()).isEqualTo(mode == FileMode.EXECUTABLE ? 0555 : 0444);
        assertThat(attributes.size()).isEqualTo(content.size());
        if (!content.isEmpty()) {
          assertThat(readAll(tree, entry)).isEqualTo(content);
        }
      }
      case SeededTree.Directory(var entries) -> {
        assertThat(attributes.type()).isEqualTo(FileType.DIRECTORY);
        assertThat(attributes.links())
            .isEqualTo(
                2
                    + (int)
                        entries.values().stream()
                            .filter(SeededTree.Directory.class::isInstance)
                            .count());
        assertThat(list(tree, entry.node()).keySet()).isEqualTo(entries.keySet());
        assertThat(answer(tree.lookup(entry.node(), Bytes.utf8("."))))
            .isInstanceOf(Lookup.Absent.class);
        for (var below : entries.entrySet()) {
          compare(tree, entry(tree, entry.node(), below.getKey()), below.getValue(), inodes);
        }
      }
    }
  }

  private static Bytes readAll(FileTree tree, Lookup.Entry entry) throws Exception {
    Bytes all = Bytes.EMPTY;
    long size = entry.attributes().size();
    for (long at = 0; at < size; at += 1 << 17) {
      all = all.concat(read(tree, entry.node(), at, (int) Math.min(1 << 17, size - at)));
    }
    return all;
  }

  @Test
  void readsAnyRangeOfALargeFile() throws Exception {
    Bytes content = Seeds.bytes(new Random(1), 5_000_000);
    depot.add("large", SeededTree.file(content));
    FileTree tree = open(MountSettings.all());
    long node = node(tree, MemoryDepot.path("large").baseName());
    Seeds.forEach(
        200,
        random -> {
          int from = random.nextInt(content.size());
          int size = 1 + random.nextInt(Math.min(1 << 20, content.size() - from));
          assertThat(read(tree, node, from, size)).isEqualTo(content.slice(from, from + size));
        });
  }

  @Test
  void manyReadersShareOneFetch() throws Exception {
    Bytes content = Seeds.bytes(new Random(2), 100_000);
    depot.add("shared", SeededTree.directory("f", SeededTree.file(content)));
    FileTree tree = open(MountSettings.all());
    long node = node(tree, MemoryDepot.path("shared").baseName(), "f");
    depot.fetches.clear();
    depot.gate = new CountDownLatch(1);
    try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Bytes>> all = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        all.add(readers.submit(() -> read(tree, node, 0, content.size())));
      }
      depot.gate.countDown();
      for (Future<Bytes> one : all) {
        assertThat(one.get()).isEqualTo(content);
      }
    }
    assertThat(depot.fetches).hasSize(1);
  }

  @Test
  void smallFilesOfADirectoryComeTogether() throws Exception {
    Object[] files = new Object[200];
    Random random = new Random(3);
    for (int i = 0; i < files.length; i += 2) {
      files[i] = "f%03d".formatted(i);
      files[i + 1] = SeededTree.file(Seeds.bytes(random, 1000));
    }
    depot.add("many", SeededTree.directory(files));
    FileTree tree = open(MountSettings.all());
    String path = MemoryDepot.path("many").baseName();
    node(tree, path);
    depot.fetches.clear();
    for (int i = 0; i < files.length; i += 2) {
      read(tree, node(tree, path, (String) files[i]), 0, 1000);
    }
    assertThat(depot.fetches).hasSizeLessThan(15);
    assertThat(depot.fetches.getFirst()).hasSize(1);
  }

  @Test
  void blocksThatDoNotMatchAreNotShown() throws Exception {
    Bytes content = Seeds.bytes(new Random(4), 50_000);
    depot.add("bad", SeededTree.directory("f", SeededTree.file(content)));
    FileTree tree = open(MountSettings.all());
    long node = node(tree, MemoryDepot.path("bad").baseName(), "f");
    Cid cid = cid(tree, node);
    byte[] wrong = content.toArray();
    wrong[777] ^= 1;
    depot.lies.put(cid, new BlockAnswer.Content(Bytes.owning(wrong)));
    assertThat(failure(tree.read(node, 0, 50_000))).isEqualTo(Errno.EIO);
    depot.lies.put(cid, new BlockAnswer.Content(content.slice(0, 49_999)));
    assertThat(failure(tree.read(node, 0, 10))).isEqualTo(Errno.EIO);
    depot.lies.put(cid, new BlockAnswer.Absent("gone"));
    assertThat(failure(tree.read(node, 0, 10))).isEqualTo(Errno.EIO);
    depot.lies.clear();
    assertThat(read(tree, node, 0, 50_000)).isEqualTo(content);
  }

  private static Cid cid(FileTree tree, long node) throws Exception {
    Bytes text =
        answer(tree.extendedAttribute(node, Bytes.utf8("user.spindrift.cid"))).orElseThrow();
    return Cid.parse(text.display());
  }

  @Test
  void leavesAreReadFromFilesWhileTheseAreUnchanged() throws Exception {
    Bytes content = Seeds.bytes(new Random(5), 50_000);
    depot.add("local", SeededTree.directory("f", SeededTree.file(content)));
    FileTree tree = open(MountSettings.all());
    long node = node(tree, MemoryDepot.path("local").baseName(), "f");
    Path file = scratch.resolve("f");
    Files.write(file, Bytes.utf8("head").concat(content).toArray());
    depot.lies.put(cid(tree, node), new BlockAnswer.InFile(file, 4, 50_000, FileIdentity.of(file)));
    assertThat(read(tree, node, 17, 1000)).isEqualTo(content.slice(17, 1017));

    Files.write(file, new byte[60_000]);
    assertThat(read(tree, node, 17, 1000)).isEqualTo(content.slice(17, 1017));
    Files.delete(file);
    assertThat(read(tree, node, 0, 50_000)).isEqualTo(content);
  }

  @Test
  void smallFilesOfTheLocalStoreAreAskedForTogether() throws Exception {
    depot.source = PathRecord.LOCAL_STORE;
    Map<Bytes, Bytes> contents = new TreeMap<>();
    List<Object> files = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      contents.put(Bytes.utf8("f" + i), Bytes.utf8("content " + i));
      files.addAll(List.of("f" + i, SeededTree.file(Bytes.utf8("content " + i))));
    }
    depot.add("small", SeededTree.directory(files.toArray()));
    FileTree tree = open(MountSettings.all());
    long root = node(tree, MemoryDepot.path("small").baseName());
    for (Bytes name : contents.keySet()) {
      Path file = Files.write(scratch.resolve(name.display()), contents.get(name).toArray());
      depot.keepIn(file, List.of(cid(tree, entry(tree, root, name).node())));
    }
    int before = depot.fetches.size();
    for (Bytes name : contents.keySet()) {
      Bytes content = contents.get(name);
      assertThat(read(tree, entry(tree, root, name).node(), 0, content.size())).isEqualTo(content);
    }
    assertThat(depot.questions).hasSize(1);
    assertThat(depot.fetches).hasSize(before);
  }

  @Test
  void aFileOfTheLocalStoreIsReadFromElsewhereOnceItHasChanged() throws Exception {
    depot.source = PathRecord.LOCAL_STORE;
    Bytes content = Seeds.bytes(new Random(7), 3 << 20);
    depot.add("large", SeededTree.file(content));
    FileTree tree = open(MountSettings.all());
    long node = node(tree, MemoryDepot.path("large").baseName());
    Path file = Files.write(scratch.resolve("large"), content.toArray());
    List<Cid> leaves = depot.leaves(cid(tree, node));
    assertThat(leaves).hasSizeGreaterThan(4);
    depot.keepIn(file, leaves);
    assertThat(read(tree, node, 0, 1 << 20)).isEqualTo(content.slice(0, 1 << 20));
    assertThat(depot.questions).containsExactly(leaves);
    assertThat(depot.fetches).doesNotContainAnyElementsOf(List.of(leaves));

    byte[] changed = content.toArray();
    changed[2 << 20] ^= 1;
    Files.write(file, changed);
    assertThat(read(tree, node, 1 << 20, 2 << 20)).isEqualTo(content.slice(1 << 20, 3 << 20));
    assertThat(depot.questions).hasSize(1);
  }

  @Test
  void leavesOfTheLocalStoreThatLieNowhereAreFetched() throws Exception {
    depot.source = PathRecord.LOCAL_STORE;
    Bytes content = Seeds.bytes(new Random(8), 1 << 20);
    depot.add("lost", SeededTree.file(content));
    FileTree tree = open(MountSettings.all());
    long node = node(tree, MemoryDepot.path("lost").baseName());
    assertThat(read(tree, node, 0, 1 << 20)).isEqualTo(content);
    assertThat(depot.questions).hasSize(1);
  }

  @Test
  void whatAFileBecameWhileItWasReadIsNotShown() throws Exception {
    isReadAgainAfter(file -> Files.write(file, new byte[50_001]));
  }

  /** As when somebody makes a hard link of it: its bytes are the same, and its identity is not. */
  @Test
  void aFileThatGotAnotherNameWhileItWasReadIsReadAgain() throws Exception {
    isReadAgainAfter(file -> Files.createLink(scratch.resolve("g"), file));
  }

  /**
   * @param change between the look at the file and the end of its bytes being read
   */
  private void isReadAgainAfter(ThrowingConsumer<Path> change) throws Exception {
    Bytes content = Seeds.bytes(new Random(8), 50_000);
    depot.add("local", SeededTree.directory("f", SeededTree.file(content)));
    FileTree tree = open(MountSettings.all());
    long node = node(tree, MemoryDepot.path("local").baseName(), "f");
    Path file = Files.write(scratch.resolve("f"), content.toArray());
    depot.lies.put(cid(tree, node), new BlockAnswer.InFile(file, 0, 50_000, FileIdentity.of(file)));
    Content answered = answer(tree.read(node, 0, 1000));
    assertThat(answered.check().isRight()).isTrue();
    change.accept(file);
    assertThat(answered.check().isRight()).isFalse();
    answered.release().run();
    assertThat(read(tree, node, 0, 50_000)).isEqualTo(content);
  }

  @Test
  void manyWhoNameAPathShareOneLook() throws Exception {
    depot.add("shared", SeededTree.file(Bytes.utf8("1")));
    FileTree tree = open(MountSettings.all());
    for (int round = 0; round < 20; round++) {
      String absent = "absent-" + round;
      try (ExecutorService askers = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<Long>> nodes = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
          nodes.add(askers.submit(() -> entry(tree, FileTree.ROOT, name("shared")).node()));
          var _ = askers.submit(() -> answer(tree.lookup(FileTree.ROOT, name(absent))));
        }
        Set<Long> different = new HashSet<>();
        for (Future<Long> one : nodes) {
          different.add(one.get());
        }
        assertThat(different).hasSize(1);
      }
    }
    assertThat(depot.resolvedOf(MemoryDepot.path("shared"))).isEqualTo(1);
  }

  @Test
  void viewsThatLieAboutSizesAreRefused() throws Exception {
    PathRecord record = depot.add("size", SeededTree.file(Seeds.bytes(new Random(6), 50_000)));
    depot.put(
        new PathRecord(
            record.path(),
            record.narHash(),
            record.narSize() + 8,
            record.narView(),
            Optional.empty(),
            PathRecord.Proof.PROVED,
            "liar"));
    FileTree tree = open(MountSettings.all());
    assertThat(failure(tree.lookup(FileTree.ROOT, name("size")))).isEqualTo(Errno.EIO);
  }

  @Test
  void namesThatAreNoStorePathsAreNobodys() throws Exception {
    FileTree tree = open(MountSettings.all());
    for (String name : List.of(".git", "lib", "x".repeat(255), "0".repeat(32) + "-", "\u00ff")) {
      assertThat(tree.lookup(FileTree.ROOT, Bytes.utf8(name)))
          .isEqualTo(Answer.now(Lookup.Absent.FOR_EVER));
    }
    Lookup absent = answer(tree.lookup(FileTree.ROOT, name("absent")));
    assertThat(((Lookup.Absent) absent).remembered()).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void aClosureIsListedBeforeAnyOfItIsFetched() throws Exception {
    depot.add("a", SeededTree.directory("x", SeededTree.file(Bytes.utf8("1"))));
    depot.add("b", SeededTree.file(Bytes.utf8("2")));
    depot.add("other", SeededTree.file(Bytes.utf8("3")));
    depot.refer("a", "b");
    FileTree tree = open(MountSettings.all().of(List.of(MemoryDepot.path("a"))));
    Map<Bytes, Long> names = list(tree, FileTree.ROOT);
    assertThat(names.keySet()).containsExactly(name("a"), name("b"));
    assertThat(depot.fetches).isEmpty();
    assertThat(entry(tree, FileTree.ROOT, name("b")).attributes().inode())
        .isEqualTo(names.get(name("b")));
    assertThat(answer(tree.lookup(FileTree.ROOT, name("other")))).isEqualTo(Lookup.Absent.FOR_EVER);
  }

  @Test
  void anUnprovedPathIsRefusedUntilItIsProved() throws Exception {
    depot.add("claimed", SeededTree.file(Bytes.utf8("1")));
    depot.add("false", SeededTree.file(Bytes.utf8("2")));
    depot.refute(MemoryDepot.path("false"));
    depot.proof = PathRecord.Proof.CLAIMED;
    depot.gate = new CountDownLatch(1);
    FileTree tree = open(MountSettings.all().demanding(MountSettings.Demand.PROVED_VIEW));
    for (int i = 0; i < 2; i++) {
      assertThat(failure(tree.lookup(FileTree.ROOT, name("claimed")))).isEqualTo(Errno.EAGAIN);
      assertThat(failure(tree.lookup(FileTree.ROOT, name("false")))).isEqualTo(Errno.EAGAIN);
    }
    depot.gate.countDown();
    assertThat(await(tree, "claimed")).isEqualTo(Optional.empty());
    assertThat(await(tree, "false")).isEqualTo(Optional.of(Errno.EACCES));
    long node = node(tree, MemoryDepot.path("claimed").baseName());
    assertThat(answer(tree.extendedAttribute(node, Bytes.utf8("user.spindrift.proved"))))
        .contains(Bytes.utf8("yes"));
  }

  private static Optional<Errno> await(FileTree tree, String name) throws Exception {
    while (true) {
      try {
        answer(tree.lookup(FileTree.ROOT, name(name)));
        return Optional.empty();
      } catch (FuseException e) {
        if (e.errno() != Errno.EAGAIN) {
          return Optional.of(e.errno());
        }
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void whatStallsFailsAtTheDeadline() throws Exception {
    depot.add("slow", SeededTree.file(Bytes.utf8("1")));
    depot.gate = new CountDownLatch(1);
    FileTree tree = open(MountSettings.all().waiting(SHORT));
    assertThat(failure(tree.lookup(FileTree.ROOT, name("slow")))).isEqualTo(Errno.EIO);
    depot.gate.countDown();
    assertThat(entry(tree, FileTree.ROOT, name("slow")).attributes().size()).isEqualTo(1);
  }

  @Test
  void aRecordWarmsTheNextMount() throws Exception {
    Bytes content = Seeds.bytes(new Random(7), 700_000);
    depot.add("prog", SeededTree.directory("f", SeededTree.file(content)));
    Path file = scratch.resolve("record");
    try (StoreMount mount = StoreMount.open(depot, MountSettings.all().recordingTo(file))) {
      FileTree first = mount.tree();
      read(first, node(first, MemoryDepot.path("prog").baseName(), "f"), 0, 700_000);
    }
    List<String> lines = Files.readAllLines(file);
    assertThat(lines)
        .hasSizeGreaterThan(2)
        .allMatch(line -> line.endsWith(" " + name("prog").display()));

    depot.fetches.clear();
    WarmUp.Lines warm = WarmUp.read(file);
    assertThat(warm.runs()).hasSize(1);
    assertThat(warm.runs().getFirst().cids()).hasSize(lines.size());
    try (StoreMount mount =
        StoreMount.open(depot, MountSettings.all().recordingTo(file).warmedBy(file))) {
      FileTree again = mount.tree();
      read(again, node(again, MemoryDepot.path("prog").baseName(), "f"), 0, 700_000);
    }
    assertThat(Files.readAllLines(file)).isEqualTo(lines);
  }

  @Test
  void whatIsNoRecordIsNotUsed() throws IOException {
    Path file = Files.writeString(scratch.resolve("wrong"), "hello\n");
    assertThatThrownBy(() -> open(MountSettings.all().warmedBy(file)))
        .hasMessageContaining("line 1");
  }

  @Test
  void aTreeIsGivenUpBeforeItTakesTooMuchMemory() throws Exception {
    PathTreeBuilder builder = new PathTreeBuilder(1000);
    builder.startDirectory();
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 1000; i++) {
                builder.entry(Bytes.utf8("link" + i));
                builder.symlink(Bytes.utf8("target"));
              }
            })
        .isInstanceOf(LimitExceededException.class);
  }

  @Test
  void aHundredThousandFilesTakeLittleMemory() throws Exception {
    PathTreeBuilder builder = new PathTreeBuilder(64L << 20);
    builder.startDirectory();
    for (int i = 0; i < 100_000; i++) {
      builder.entry(Bytes.utf8("a-name-of-usual-length-%06d".formatted(i)));
      builder.regular(FileMode.REGULAR, 1, Optional.of(Cid.raw(Seeds.bytes(new Random(i), 32))));
    }
    builder.endDirectory();
    PathTree tree = builder.build();
    assertThat(tree.memory()).isLessThan(12_000_000);
    int row = tree.find(PathTree.ROOT, Bytes.utf8("a-name-of-usual-length-050000").toArray());
    assertThat(tree.indexOf(row)).isEqualTo(50_000);
    assertThat(tree.find(PathTree.ROOT, Bytes.utf8("a").toArray())).isEqualTo(-1);
  }
}
