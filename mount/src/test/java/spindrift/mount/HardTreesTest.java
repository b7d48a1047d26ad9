package spindrift.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.base.RawPath;
import spindrift.fuse.FuseSession;
import spindrift.fuse.MountOptions;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsNode.Part;
import spindrift.nix.FileMode;
import spindrift.testkit.Seeds;

/** Trees that are hard to show, as programs see them through the kernel. */
@Timeout(60)
final class HardTreesTest {
  private static final int LEAF = 1 << 18;
  private static final long FOUR_GB = 1L << 32;

  @TempDir Path scratch;

  private final MemoryDepot depot = new MemoryDepot();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeEach
  void requireKernel() {
    assumeThat(Files.isWritable(Path.of("/dev/fuse"))).as("/dev/fuse").isTrue();
    assumeThat(System.getProperty("user.name")).as("root may mount").isEqualTo("root");
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  /** The path with this name, mounted. */
  private Path mounted(String name) throws Exception {
    StoreMount mount = StoreMount.open(depot, MountSettings.all());
    opened.add(mount);
    Path directory = Files.createDirectories(scratch.resolve("mnt"));
    opened.add(FuseSession.mount(mount.tree(), MountOptions.at(directory)));
    return directory.resolve(MemoryDepot.path(name).baseName());
  }

  private static Bytes read(Path file, long offset, int size) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer buffer = ByteBuffer.allocate(size);
      int read = channel.read(buffer, offset);
      while (read >= 0 && buffer.hasRemaining()) {
        read = channel.read(buffer, offset + buffer.position());
      }
      return Bytes.copyOf(buffer.array(), 0, buffer.position());
    }
  }

  private String run(Path folder, String... command) throws Exception {
    Path out = Files.createTempFile(scratch, "out", "");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    assertThat(process.waitFor(40, TimeUnit.SECONDS)).as("ends").isTrue();
    String said = Files.readString(out, StandardCharsets.ISO_8859_1);
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  /** Some of it has contents, the rest are zeros: as a sparse file reads. */
  @Test
  void aFileOfMoreThanFourGigabytes() throws Exception {
    Part zeros = depot.leaf(Bytes.owning(new byte[LEAF]));
    Bytes middle = Seeds.bytes(new Random(1), LEAF);
    Bytes tail = Bytes.utf8("the end\n");
    List<Part> leaves = new ArrayList<>(Collections.nCopies((int) (FOUR_GB / LEAF), zeros));
    leaves.set(leaves.size() / 2, depot.leaf(middle));
    leaves.add(depot.leaf(tail));
    depot.addFile("huge", leaves);
    Path shown = mounted("huge");
    long size = FOUR_GB + tail.size();
    assertThat(Files.size(shown)).isEqualTo(size);
    assertThat(read(shown, FOUR_GB - 3, 100)).isEqualTo(Bytes.owning(new byte[3]).concat(tail));
    assertThat(read(shown, FOUR_GB / 2 - 10, 20))
        .isEqualTo(Bytes.owning(new byte[10]).concat(middle.slice(0, 10)));
    assertThat(read(shown, size, 10)).isEqualTo(Bytes.EMPTY);
    assertThat(read(shown, 3 * FOUR_GB, 10)).isEqualTo(Bytes.EMPTY);
    assertThat(run(scratch, "tail", "-c", "4", shown.toString())).isEqualTo("end\n");
    assertThat(run(scratch, "stat", "-c", "%s %b %h %Y", shown.toString()))
        .isEqualTo(size + " " + (FOUR_GB / 512 + 8) + " 1 1\n");
    Seeds.forEach(
        50,
        random -> {
          long from = random.nextLong(FOUR_GB / 2 - LEAF);
          int length = 1 + random.nextInt(LEAF);
          assertThat(read(shown, from, length)).isEqualTo(Bytes.owning(new byte[length]));
        });
    assertThat(depot.fetches.stream().flatMap(List::stream).filter(zeros.cid()::equals)).hasSize(1);
  }

  @Test
  void aDirectoryOfFiftyThousandEntries() throws Exception {
    SortedMap<Bytes, SeededTree> entries = new TreeMap<>();
    for (int i = 0; i < 50_000; i++) {
      entries.put(Bytes.utf8("entry-%05d".formatted(i)), SeededTree.file(Bytes.utf8("x" + i % 7)));
    }
    depot.add("wide", new SeededTree.Directory(entries));
    Path shown = mounted("wide");
    List<String> names = run(shown, "ls", "-U").lines().toList();
    assertThat(names).hasSize(50_000).doesNotHaveDuplicates();
    assertThat(new TreeSet<>(names).first()).isEqualTo("entry-00000");
    assertThat(new TreeSet<>(names).last()).isEqualTo("entry-49999");
    assertThat(run(shown, "find", ".", "-type", "f", "-size", "2c").lines()).hasSize(50_000);
    assertThat(Files.readString(shown.resolve("entry-31415"))).isEqualTo("x" + 31415 % 7);
    assertThat(Files.exists(shown.resolve("entry-50000"))).isFalse();
  }

  @Test
  void namesOfEveryByteAndOfEveryLength() throws Exception {
    Set<Bytes> names = new TreeSet<>();
    for (int b = 1; b < 256; b++) {
      if (b != '/' && b != '.') {
        names.add(Bytes.of(b));
      }
      names.add(Bytes.owning("n".repeat(b).getBytes(StandardCharsets.US_ASCII)));
    }
    names.add(Bytes.utf8("..."));
    names.add(Bytes.utf8("new\nline"));
    SortedMap<Bytes, SeededTree> entries = new TreeMap<>();
    names.forEach(name -> entries.put(name, SeededTree.file(name)));
    depot.add("names", new SeededTree.Directory(entries));
    Path shown = mounted("names");
    Set<Bytes> found = new TreeSet<>();
    try (var files = Files.list(shown)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Bytes name = RawPath.bytes(file.getFileName());
        found.add(name);
        assertThat(Bytes.copyOf(Files.readAllBytes(file))).isEqualTo(name);
      }
    }
    assertThat(found).isEqualTo(names);
  }

  @Test
  void filesAndDirectoriesWithNothingInThem() throws Exception {
    depot.add(
        "nothing",
        SeededTree.directory(
            "directory", SeededTree.directory(),
            "executable", new SeededTree.Regular(FileMode.EXECUTABLE, Bytes.EMPTY),
            "file", SeededTree.file(Bytes.EMPTY)));
    depot.add("empty", SeededTree.file(Bytes.EMPTY));
    Path shown = mounted("nothing");
    assertThat(run(shown, "stat", "-c", "%n %s %b %a", "executable", "file"))
        .isEqualTo("executable 0 0 555\nfile 0 0 444\n");
    assertThat(run(shown, "cat", "file", "executable")).isEmpty();
    assertThat(run(shown, "ls", "-A", "directory")).isEmpty();
    Path empty = shown.resolveSibling(MemoryDepot.path("empty").baseName());
    assertThat(Files.readAllBytes(empty)).isEmpty();
    assertThat(depot.fetches.stream().flatMap(List::stream))
        .noneMatch(cid -> cid.codec() == Cid.RAW);
  }

  /** Each is a view of some bytes whose nodes say other sizes. */
  @Test
  void sizesThatLieAnywhereInAView() throws Exception {
    Part leaf = depot.leaf(Seeds.bytes(new Random(2), 1000));
    Part longer = Part.leaf(leaf.cid(), 1001);
    depot.addFile("leaf", List.of(leaf, longer));
    depot.addFile("alone", List.of(longer));
    Path shown = mounted("leaf");
    assertThat(Files.size(shown)).isEqualTo(2001);
    assertThatThrownBy(() -> Files.readAllBytes(shown)).hasMessageContaining("Input/output error");
    Path alone = shown.resolveSibling(MemoryDepot.path("alone").baseName());
    assertThatThrownBy(() -> Files.readAllBytes(alone)).hasMessageContaining("Input/output error");
  }
}
