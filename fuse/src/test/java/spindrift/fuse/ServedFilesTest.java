package spindrift.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessMode;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.base.RawPath;

/** What programs see of files that are all right, on the real kernel. */
class ServedFilesTest {
  private static final String STAT = "stat -c '%n|%i|%F|%a|%s|%b|%h|%X|%Y|%Z|%u|%g|%o' ";

  private final MemoryTree tree = new MemoryTree();

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  /** A file of any size whose bytes tell where they are. */
  private static Answer<Content> pattern(long offset, int size) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = patternAt(offset + i);
    }
    return MemoryTree.now(Bytes.owning(bytes));
  }

  private static byte patternAt(long offset) {
    return (byte) ((offset * 0x9E3779B97F4A7C15L) >>> 56);
  }

  private static void assertSame(Path file, byte[] expected) throws IOException {
    assertThat(Arrays.mismatch(Files.readAllBytes(file), expected)).as("%s", file).isEqualTo(-1);
  }

  @Test
  void showsEveryAttribute() throws Exception {
    tree.add(
        FileTree.ROOT,
        Bytes.utf8("file"),
        new Attributes(77, FileType.REGULAR, 0444, 5, 8, 1, 1, 0, 0),
        (o, s) -> MemoryTree.now(Bytes.utf8("hello").slice((int) o, (int) o + s)));
    tree.add(
        FileTree.ROOT,
        Bytes.utf8("program"),
        new Attributes(
            0xFFFF_FFFF_FFFFL,
            FileType.REGULAR,
            04555,
            3_000_000_000L,
            16,
            300,
            7_000_000_000L,
            30001,
            30002),
        ServedFilesTest::pattern);
    tree.add(
        FileTree.ROOT,
        Bytes.utf8("folder"),
        new Attributes(79, FileType.DIRECTORY, 01555, 4096, 8, 9, 0, 1, 2),
        ServedFilesTest::pattern);
    tree.link(FileTree.ROOT, "link", "no/such/target");
    try (Kernel kernel = Kernel.serving(tree)) {
      String told = kernel.run(STAT + "file program folder link .").text();
      assertThat(told.lines())
          .containsExactly(
              "file|77|regular file|444|5|8|1|1|1|1|0|0|4096",
              "program|281474976710655|regular file|4555|3000000000|16|300"
                  + "|7000000000|7000000000|7000000000|30001|30002|4096",
              "folder|79|directory|1555|4096|8|9|0|0|0|1|2|4096",
              "link|5|symbolic link|777|14|8|1|1|1|1|0|0|4096",
              ".|1|directory|555|4096|8|1|1|1|1|0|0|4096");
      assertThat(kernel.run("readlink link; cat file; ls -ai").text())
          .startsWith("no/such/target\nhello")
          .contains("281474976710655 program");
      assertThat(kernel.run("stat -f -c '%T %S %s %b %f %a %c %d %l' .").text())
          .isEqualTo("fuseblk 4096 4096 3015 0 0 5 0 255\n");
    }
  }

  @Test
  void takesNamesOfAnyBytes() throws Exception {
    Set<Bytes> names = new TreeSet<>();
    for (int i = 1; i < 256; i++) {
      if (i != '/' && i != '.') {
        names.add(Bytes.of(i));
        names.add(Bytes.of('a', i));
      }
    }
    names.add(Bytes.utf8("n".repeat(255)));
    names.add(Bytes.utf8("..."));
    for (Bytes name : names) {
      tree.add(
          FileTree.ROOT,
          name,
          MemoryTree.attributes(tree.capacity().files() + 1, FileType.REGULAR, 0444, name.size()),
          (o, s) -> MemoryTree.now(name));
    }
    try (Kernel kernel = Kernel.serving(tree)) {
      byte[] found = kernel.run("find . -mindepth 1 -printf '%f\\0'").bytes().toArray();
      assertThat(split(found)).isEqualTo(names);
      for (Bytes name : names) {
        Path path = RawPath.of(Bytes.utf8(kernel.directory() + "/").concat(name));
        assertThat(Bytes.owning(Files.readAllBytes(path))).isEqualTo(name);
      }
      assertThat(kernel.run("stat " + "n".repeat(256)).complaints()).contains("name too long");
      assertThat(kernel.run("stat no-such-name").complaints()).contains("No such file");
    }
  }

  private static Set<Bytes> split(byte[] found) {
    Set<Bytes> names = new TreeSet<>();
    int from = 0;
    for (int i = 0; i < found.length; i++) {
      if (found[i] == 0) {
        names.add(Bytes.copyOf(found, from, i - from));
        from = i + 1;
      }
    }
    return names;
  }

  @Test
  void listsADirectoryOfFiftyThousand() throws Exception {
    long folder = tree.directory(FileTree.ROOT, "large");
    for (int i = 0; i < 50_000; i++) {
      tree.file(folder, "file-number-" + i, new byte[0]);
    }
    try (Kernel kernel = Kernel.serving(tree)) {
      assertThat(kernel.run("ls -U large | sort -u | wc -l").text()).isEqualTo("50000\n");
      assertThat(kernel.run("find large -type f -size 0 -printf '%i\\n' | sort -u | wc -l").text())
          .isEqualTo("50000\n");
    }
  }

  @Test
  void seesNamesThatCameWhileItListed() throws Exception {
    for (int i = 0; i < 3000; i++) {
      tree.file(FileTree.ROOT, "early-" + i, new byte[0]);
    }
    try (Kernel kernel = Kernel.serving(tree)) {
      List<String> seen = new ArrayList<>();
      try (var names = Files.newDirectoryStream(kernel.directory())) {
        for (Path name : names) {
          if (seen.size() == 100) {
            tree.file(FileTree.ROOT, "late", new byte[0]);
          }
          seen.add(name.getFileName().toString());
        }
      }
      assertThat(seen).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(3000);
      kernel.session().directoryChanged(FileTree.ROOT);
      assertThat(kernel.run("ls | grep -c -e early- -e late").text()).isEqualTo("3001\n");
      long lists = tree.count("directory");
      tree.file(FileTree.ROOT, "later", new byte[0]);
      assertThat(kernel.run("ls | wc -l").text()).isEqualTo("3001\n");
      assertThat(tree.count("directory")).as("served from the kernel's cache").isEqualTo(lists);
      kernel.session().directoryChanged(FileTree.ROOT);
      assertThat(kernel.run("ls | wc -l").text()).isEqualTo("3002\n");
    }
  }

  @Test
  void remembersAnAbsentNameForAsLongAsTheTreeSays() throws Exception {
    long folder = tree.directory(FileTree.ROOT, "folder");
    try (Kernel kernel = Kernel.serving(tree)) {
      for (int i = 0; i < 3; i++) {
        assertThat(Files.exists(kernel.path("folder/never"))).isFalse();
      }
      assertThat(tree.count("lookup")).isEqualTo(2);
      assertThat(Files.exists(kernel.path("soon"))).isFalse();
      tree.file(FileTree.ROOT, "soon", new byte[1]);
      // It was absent for a millisecond.
      assertThat(kernel.run("until [ -e soon ]; do :; done; stat -c %s soon").text())
          .isEqualTo("1\n");
      tree.file(folder, "never", new byte[1]);
      assertThat(Files.exists(kernel.path("folder/never"))).isFalse();
    }
  }

  @Test
  void readsFilesOfAllSizes() throws Exception {
    int[] sizes = {0, 1, 4095, 4096, 4097, 131_072, 1_048_576, 1_048_577, 5_000_000};
    for (int size : sizes) {
      tree.file(FileTree.ROOT, "f" + size, random(size));
    }
    try (Kernel kernel = Kernel.serving(tree)) {
      for (int size : sizes) {
        assertSame(kernel.path("f" + size), random(size));
      }
      long reads = tree.count("read");
      for (int size : sizes) {
        assertSame(kernel.path("f" + size), random(size));
      }
      // Read-ahead may still have been on its way when they were counted.
      assertThat(tree.count("read")).as("read once").isLessThan(reads + sizes.length);
      assertThat(tree.count("open")).isZero();
    }
  }

  @Test
  void readsFarIntoASparseFile() throws Exception {
    long size = (4L << 30) + 12_345;
    tree.file(FileTree.ROOT, "sparse", size, ServedFilesTest::pattern);
    try (Kernel kernel = Kernel.serving(tree);
        FileChannel file = FileChannel.open(kernel.path("sparse"))) {
      assertThat(file.size()).isEqualTo(size);
      for (long at : new long[] {0, (2L << 30) - 7, (4L << 30) - 7, size - 100, size - 1, size}) {
        ByteBuffer into = ByteBuffer.allocate(100);
        int expected = (int) Math.min(100, size - at);
        assertThat(file.read(into, at)).isEqualTo(expected == 0 ? -1 : expected);
        for (int i = 0; i < expected; i++) {
          assertThat(into.get(i)).isEqualTo(patternAt(at + i));
        }
      }
      assertThat(kernel.run("tail -c 12345 sparse | wc -c").text()).isEqualTo("12345\n");
    }
  }

  @Test
  void givesRightBytesToSixtyFourReaders() throws Exception {
    byte[] local = random(3_000_000);
    tree.file(FileTree.ROOT, "local", local);
    tree.file(
        FileTree.ROOT,
        "remote",
        200_000_000,
        (offset, size) ->
            Answer.later(
                java.time.Duration.ofSeconds(20),
                () -> ((Answer.Now<Content>) pattern(offset, size)).value()));
    try (Kernel kernel = Kernel.serving(tree);
        ExecutorService readers = Executors.newFixedThreadPool(64)) {
      List<Callable<Integer>> tasks = new ArrayList<>();
      for (int reader = 0; reader < 64; reader++) {
        int seed = reader;
        tasks.add(() -> readAround(kernel, new Random(seed), local));
      }
      for (Future<Integer> done : readers.invokeAll(tasks)) {
        assertThat(done.get()).isEqualTo(50);
      }
    }
  }

  private static int readAround(Kernel kernel, Random random, byte[] local) throws IOException {
    int reads = 0;
    try (FileChannel near = FileChannel.open(kernel.path("local"));
        FileChannel far = FileChannel.open(kernel.path("remote"))) {
      for (; reads < 50; reads++) {
        ByteBuffer into = ByteBuffer.allocate(1 + random.nextInt(70_000));
        int at = random.nextInt(local.length);
        int read = near.read(into, at);
        assertThat(read).isEqualTo(Math.min(into.capacity(), local.length - at));
        assertThat(Arrays.mismatch(into.array(), 0, read, local, at, at + read)).isEqualTo(-1);
        into = ByteBuffer.allocate(1 + random.nextInt(5000));
        int from = random.nextInt(199_000_000);
        assertThat(far.read(into, from)).isEqualTo(into.capacity());
        for (int i = 0; i < into.capacity(); i++) {
          assertThat(into.get(i) == patternAt(from + i)).isTrue();
        }
      }
    }
    return reads;
  }

  @Test
  void putsPiecesOfEveryKindTogether(@TempDir Path folder) throws Exception {
    byte[] bytes = random(900_000);
    Path pack = folder.resolve("pack");
    Files.write(pack, bytes);
    try (FileChannel file = FileChannel.open(pack);
        var arena = java.lang.foreign.Arena.ofShared()) {
      var mapped = file.map(FileChannel.MapMode.READ_ONLY, 0, bytes.length, arena);
      tree.file(
          FileTree.ROOT,
          "mixed",
          bytes.length,
          (offset, size) -> Answer.now(pieces(offset, size, bytes, file, mapped)));
      try (Kernel kernel = Kernel.serving(tree)) {
        assertSame(kernel.path("mixed"), bytes);
        Path copy = folder.resolve("copy");
        assertThat(kernel.run("dd if=mixed of=" + copy + " bs=900k iflag=direct").exit()).isZero();
        assertSame(copy, bytes);
      }
    }
  }

  /** More pieces than one call takes: of the heap, of a file, of mapped memory, by turns. */
  private static Content pieces(
      long offset,
      int size,
      byte[] bytes,
      FileChannel file,
      java.lang.foreign.MemorySegment mapped) {
    List<Content.Slice> slices = new ArrayList<>();
    int piece = Math.max(1, size / 1500);
    int kind = 0;
    for (int at = 0; at < size; at += piece) {
      int length = Math.min(piece, size - at);
      int from = (int) offset + at;
      slices.add(
          switch (kind++ % 4) {
            case 0 -> Content.Slice.of(Bytes.copyOf(bytes, from, length));
            case 1 -> Content.Slice.of(file, from, length);
            default -> Content.Slice.of(mapped.asSlice(from, length));
          });
    }
    return new Content(slices, () -> {});
  }

  @Test
  void servesMappedFilesAndDirectReads() throws Exception {
    tree.file(FileTree.ROOT, "large", random(3_000_000));
    try (Kernel kernel = Kernel.serving(tree)) {
      Path plain = kernel.base().resolve("plain");
      Files.write(plain, random(3_000_000));
      // A page fault in this process could wait for a thread that waits for this process.
      Kernel.Outcome mapped =
          Kernel.run(
              kernel.base(), ChildJvm.command("mapped", kernel.path("large") + "", plain + ""));
      assertThat(mapped.complaints()).isEmpty();
      assertThat(mapped.text()).isEqualTo("same\n");
      assertThat(
              kernel
                  .run("dd if=large bs=1M iflag=direct status=none | cmp - ../plain && echo same")
                  .text())
          .isEqualTo("same\n");
    }
  }

  @Test
  void runsAProgram() throws Exception {
    byte[] program = Files.readAllBytes(Path.of("/bin/true").toRealPath());
    tree.add(
        FileTree.ROOT,
        Bytes.utf8("true"),
        MemoryTree.attributes(2, FileType.REGULAR, 0555, program.length),
        (o, s) -> MemoryTree.now(Bytes.copyOf(program, (int) o, s)));
    try (Kernel kernel = Kernel.serving(tree)) {
      assertThat(kernel.run("./true && echo ran").text()).isEqualTo("ran\n");
    }
  }

  @Test
  void answersForExtendedAttributes() throws Exception {
    long file = tree.file(FileTree.ROOT, "file", random(10));
    tree.file(FileTree.ROOT, "bare", random(10));
    tree.extended(file, "user.spindrift.cid", Bytes.utf8("bafy"));
    tree.extended(file, "user.empty", Bytes.EMPTY);
    tree.extended(file, "user.large", Bytes.owning(random(65_536)));
    tree.extended(file, "security.other", Bytes.utf8("x"));
    try (Kernel kernel = Kernel.serving(tree)) {
      UserDefinedFileAttributeView view = view(kernel.path("file"));
      assertThat(view.list()).containsExactlyInAnyOrder("spindrift.cid", "empty", "large");
      assertThat(view.size("spindrift.cid")).isEqualTo(4);
      ByteBuffer value = ByteBuffer.allocate(10);
      assertThat(view.read("spindrift.cid", value)).isEqualTo(4);
      assertThat(Bytes.copyOf(value.array(), 0, 4)).isEqualTo(Bytes.utf8("bafy"));
      assertThat(view.size("empty")).isZero();
      ByteBuffer large = ByteBuffer.allocate(65_536);
      assertThat(view.read("large", large)).isEqualTo(65_536);
      assertThat(large.array()).isEqualTo(random(65_536));
      // ERANGE, and then ENODATA.
      assertThatThrownBy(() -> view.read("large", ByteBuffer.allocate(65_535)))
          .hasMessageContaining("Insufficient space in buffer");
      assertThatThrownBy(() -> view.size("none")).hasMessageContaining("No data available");
      assertThat(view(kernel.path("bare")).list()).isEmpty();
    }
  }

  private static UserDefinedFileAttributeView view(Path file) {
    return Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
  }

  @Test
  void changesNothing() throws Exception {
    tree.file(FileTree.ROOT, "file", random(10));
    tree.directory(FileTree.ROOT, "folder");
    try (Kernel kernel = Kernel.serving(tree)) {
      String complaints =
          kernel
              .run(
                  "echo x > file; echo x > new; mkdir made; rmdir folder; rm -f file; ln -s a b;"
                      + " mv file other; chmod 777 file; touch -d @5 file; truncate -s 3 file")
              .complaints();
      assertThat(complaints.lines().collect(Collectors.toList()))
          .hasSize(10)
          .allMatch(line -> line.contains("Read-only file system"));
      assertThatThrownBy(
              () -> FileChannel.open(kernel.path("file"), StandardOpenOption.WRITE).close())
          .isInstanceOf(FileSystemException.class);
      kernel
          .path("file")
          .getFileSystem()
          .provider()
          .checkAccess(kernel.path("file"), AccessMode.READ);
    }
  }
}
