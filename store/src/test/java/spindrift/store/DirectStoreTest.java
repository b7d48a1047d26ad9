package spindrift.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import spindrift.base.Bytes;
import spindrift.base.FileRange;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;
import spindrift.base.RangedInput;
import spindrift.nix.FileMode;
import spindrift.nix.NarWriter;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.Signature;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.store.DirectStore.NarBytes;
import spindrift.store.DirectStore.Placed;
import spindrift.testkit.Completed;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/** What is written directly is what each version of Nix would have written and knows. */
final class DirectStoreTest {
  private static final String CANDIDATES = "spindrift.testkit.RealNix#candidates";
  private static final StorePath INNER = new StorePath("1".repeat(32), "inner");
  private static final StorePath OUTER = new StorePath("2".repeat(32), "outer");

  private static final int FILE_BYTES = 10_000;

  /** Bytes of a NAR before the contents of its one file. */
  private static final int NAR_HEAD = 96;

  @TempDir Path scratch;

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void nixFindsNothingWrong(RealNix nix) throws Exception {
    NixClient client = client(nix);
    Bytes nar = hardTree();
    Signature signature = new Signature("key-1", Bytes.owning(new byte[64]));
    PathInfo inner = PathInfo.of(INNER, NixHash.sha256Of(nar), nar.size(), List.of());
    PathInfo outer =
        new PathInfo(
            OUTER,
            NixHash.sha256Of(nar),
            nar.size(),
            List.of(INNER, OUTER),
            Optional.of(new StorePath("3".repeat(32), "outer.drv")),
            List.of(signature),
            Optional.empty(),
            PathInfo.Origin.ELSEWHERE,
            0);
    try (DirectStore store = open(client, DirectStore.Syncing.FIRST)) {
      store.protect(List.of(INNER, OUTER));
      // What was left over by somebody is replaced.
      Files.createDirectories(store.layout().realPath(INNER).resolve("left over"));
      Placed first = store.place(inner, from(nar)).orElseThrow();
      Placed second = store.place(outer, from(nar)).orElseThrow();
      assertThat(store.pathInfo(INNER)).isEmpty();
      store.register(List.of(first, second));
      first.close();
      second.close();

      assertThat(store.place(outer, () -> null)).as("it is valid").isEmpty();
      PathInfo known = store.pathInfo(OUTER).orElseThrow();
      assertThat(known.signatures()).containsExactly(signature);
      assertThat(known.references()).containsExactly(INNER, OUTER);
      assertThat(known.deriver()).isEqualTo(outer.deriver());
      assertThat(known.origin()).isEqualTo(PathInfo.Origin.ELSEWHERE);
    }
    Completed verified = client.run("nix-store", "--verify", "--check-contents");
    assertThat(verified.text() + verified.stderr()).doesNotContain("modified", "error");
    assertThat(Files.getAttribute(client.physical("/nix/store/" + OUTER.baseName()), "unix:mode"))
        .isEqualTo(040555);
    assertThat(leftOvers(client)).containsExactlyInAnyOrder(INNER.baseName(), OUTER.baseName());
    // As Nix wrote it, which changes nothing of it.
    String added = client.run("nix-store", "--add", tree(client).toString()).line();
    assertThat(attributes(client.physical(added))).isEqualTo(attributes(tree(client)));
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void filesOfAnOptimisedStoreAreLinks(RealNix nix) throws Exception {
    NixClient client = client(nix);
    Bytes nar = hardTree();
    place(client, PathInfo.of(INNER, NixHash.sha256Of(nar), nar.size(), List.of()), nar);
    client.run("nix-store", "--optimise");
    place(client, PathInfo.of(OUTER, NixHash.sha256Of(nar), nar.size(), List.of()), nar);
    for (String name : List.of("large", "sub/a b\n")) {
      Path one = client.physical("/nix/store/" + INNER.baseName()).resolve(name);
      Path other = client.physical("/nix/store/" + OUTER.baseName()).resolve(name);
      assertThat(Files.getAttribute(other, "unix:ino"))
          .isEqualTo(Files.getAttribute(one, "unix:ino"));
    }
    Completed verified = client.run("nix-store", "--verify", "--check-contents");
    assertThat(verified.text() + verified.stderr()).doesNotContain("modified", "error");
    assertThat(leftOvers(client)).containsExactlyInAnyOrder(INNER.baseName(), OUTER.baseName());
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void damagedFilesAreNotLinkedTo(RealNix nix) throws Exception {
    NixClient client = client(nix);
    Bytes nar = hardTree();
    place(client, PathInfo.of(INNER, NixHash.sha256Of(nar), nar.size(), List.of()), nar);
    client.run("nix-store", "--optimise");
    Path inner = client.physical("/nix/store/" + INNER.baseName());
    // Of the same size; only the first can be seen without reading.
    Files.setPosixFilePermissions(
        inner.resolve("sub/a b\n"), PosixFilePermissions.fromString("r-xr-xr-x"));
    Files.setPosixFilePermissions(
        inner.resolve("large"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.write(inner.resolve("large"), new byte[] {1}, StandardOpenOption.WRITE);
    Files.setPosixFilePermissions(
        inner.resolve("large"), PosixFilePermissions.fromString("r-xr-xr-x"));
    Linux.setFirstSecond(inner.resolve("large"));
    place(client, PathInfo.of(OUTER, NixHash.sha256Of(nar), nar.size(), List.of()), nar);
    client.run("nix-store", "--verify-path", "/nix/store/" + OUTER.baseName());
    assertThat(leftOvers(client)).containsExactlyInAnyOrder(INNER.baseName(), OUTER.baseName());
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void whatIsHereIsSharedOnceItIsFoundRight(RealNix nix) throws Exception {
    NixClient client = client(nix);
    Bytes nar = oneFile();
    place(client, PathInfo.of(INNER, NixHash.sha256Of(nar), nar.size(), List.of()), nar);
    Path here = client.physical("/nix/store/" + INNER.baseName());
    PathInfo outer = PathInfo.of(OUTER, NixHash.sha256Of(nar), nar.size(), List.of());
    place(client, outer, () -> new RangedNar(nar, here));
    Path made = client.physical("/nix/store/" + OUTER.baseName());
    assertThat(attributesOf(made)).isEqualTo(attributesOf(here));
    assertThat(Files.mismatch(made, here)).isEqualTo(-1);
    Completed verified = client.run("nix-store", "--verify", "--check-contents");
    assertThat(verified.text() + verified.stderr()).doesNotContain("modified", "error");
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void whatIsHereAndOtherwiseIsNotShared(RealNix nix) throws Exception {
    NixClient client = client(nix);
    Bytes nar = oneFile();
    PathInfo info = PathInfo.of(INNER, NixHash.sha256Of(nar), nar.size(), List.of());
    // In the store, with the right size and mode.
    Path other = client.physical("/nix/store").resolve(OUTER.baseName());
    Files.write(other, new byte[FILE_BYTES]);
    Files.setPosixFilePermissions(other, PosixFilePermissions.fromString("r--r--r--"));
    Linux.setFirstSecond(other);
    try (DirectStore store = open(client)) {
      assertThatThrownBy(() -> store.place(info, () -> new RangedNar(nar, other)))
          .isInstanceOf(IntegrityException.class);
      assertThatThrownBy(() -> store.place(info, () -> new RangedNar(nar, Path.of("/no/file"))))
          .as("reading says it, not what would have shared it")
          .isInstanceOf(NoSuchFileException.class);
      assertThat(leftOvers(client)).containsExactly(OUTER.baseName());
      // With the right contents, but not as Nix makes files: the link would be wrong.
      Files.delete(other);
      Files.write(other, nar.slice(NAR_HEAD, NAR_HEAD + FILE_BYTES).toArray());
      try (Placed placed = store.place(info, () -> new RangedNar(nar, other)).orElseThrow()) {
        store.register(List.of(placed));
      }
    }
    Path made = client.physical("/nix/store/" + INNER.baseName());
    assertThat(Files.getAttribute(made, "unix:mode")).isEqualTo(0100444);
    assertThat(Files.getAttribute(made, "unix:ino"))
        .isNotEqualTo(Files.getAttribute(other, "unix:ino"));
    client.run("nix-store", "--verify-path", "/nix/store/" + INNER.baseName());
  }

  /** A NAR of one file, whose contents it says lie in a file here. */
  private static final class RangedNar extends InputStream implements RangedInput {
    private final Bytes nar;
    private Path file;
    private int at;

    RangedNar(Bytes nar, Path file) {
      this.nar = nar;
      this.file = file;
    }

    private boolean isInFile() {
      return at >= NAR_HEAD && at < NAR_HEAD + FILE_BYTES;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int from, int size) throws IOException {
      if (at == nar.size()) {
        return -1;
      }
      int end = at < NAR_HEAD ? NAR_HEAD : isInFile() ? NAR_HEAD + FILE_BYTES : nar.size();
      int count = Math.min(size, end - at);
      Bytes piece =
          isInFile()
              ? Bytes.owning(Files.readAllBytes(file)).slice(at - NAR_HEAD, at - NAR_HEAD + count)
              : nar.slice(at, at + count);
      piece.copyTo(target, from);
      at += count;
      return count;
    }

    @Override
    public Optional<FileRange> range() {
      return at == NAR_HEAD ? Optional.of(new FileRange(file, 0, FILE_BYTES)) : Optional.empty();
    }

    @Override
    public void readFrom(Path same) {
      file = same;
    }
  }

  private static Bytes oneFile() throws Exception {
    byte[] contents = new byte[FILE_BYTES];
    Arrays.fill(contents, (byte) 7);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NarWriter nar = new NarWriter(out);
    nar.regular(FileMode.REGULAR, contents.length, new ByteArrayInputStream(contents));
    nar.finish();
    return Bytes.owning(out.toByteArray());
  }

  private static void place(NixClient client, PathInfo info, Bytes nar) throws Exception {
    place(client, info, from(nar));
  }

  private static void place(NixClient client, PathInfo info, NarBytes nar) throws Exception {
    try (DirectStore store = open(client);
        Placed placed = store.place(info, nar).orElseThrow()) {
      store.register(List.of(placed));
    }
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void nothingIsLeftOfWhatIsWrong(RealNix nix) throws Exception {
    NixClient client = client(nix);
    Bytes nar = hardTree();
    PathInfo other = PathInfo.of(INNER, NixHash.sha256Of(Bytes.utf8("x")), nar.size(), List.of());
    PathInfo info = PathInfo.of(INNER, NixHash.sha256Of(nar), nar.size(), List.of());
    try (DirectStore store = open(client)) {
      assertThatThrownBy(() -> store.place(other, from(nar)))
          .isInstanceOf(IntegrityException.class)
          .hasMessageContaining(INNER.baseName());
      assertThatThrownBy(() -> store.place(info, from(nar.slice(0, nar.size() / 2))))
          .isInstanceOf(MalformedDataException.class);
      assertThatThrownBy(() -> store.place(info, () -> failing(nar)))
          .hasMessage("the source is gone");
      // Placed, and then given up.
      store.place(info, from(nar)).orElseThrow().close();
      assertThat(store.pathInfo(INNER)).isEmpty();
      PathInfo dangling = PathInfo.of(OUTER, NixHash.sha256Of(nar), nar.size(), List.of(INNER));
      try (Placed placed = store.place(dangling, from(nar)).orElseThrow()) {
        assertThatThrownBy(() -> store.register(List.of(placed)))
            .isInstanceOf(DaemonException.class)
            .hasMessageContaining(INNER.baseName());
      }
      assertThat(store.pathInfo(OUTER)).isEmpty();
    }
    assertThat(leftOvers(client)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void oneOfTwoWritesAndTheOtherSeesIt(RealNix nix) throws Exception {
    NixClient client = client(nix);
    Bytes nar = hardTree();
    PathInfo info = PathInfo.of(INNER, NixHash.sha256Of(nar), nar.size(), List.of());
    try (DirectStore one = open(client);
        DirectStore other = open(client);
        ExecutorService threads = Executors.newCachedThreadPool()) {
      Placed placed = one.place(info, from(nar)).orElseThrow();
      Callable<Optional<Placed>> attempt = () -> other.place(info, from(nar));
      Future<Optional<Placed>> waiting = threads.submit(attempt);
      // So would Nix itself wait.
      assertThat(waiting.isDone()).isFalse();
      one.register(List.of(placed));
      placed.close();
      assertThat(waiting.get()).isEmpty();
    }
    assertThat(leftOvers(client)).containsExactly(INNER.baseName());
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void nixCollectsWhatAKilledProcessLeft(RealNix nix) throws Exception {
    NixClient client = client(nix);
    Path store = client.physical("/nix/store");
    StorePath beside = DirectStore.beside(INNER, StoreDir.DEFAULT);
    Files.createDirectories(store.resolve(beside.baseName()).resolve("half"));
    Files.createDirectories(store.resolve(INNER.baseName()));
    Files.writeString(store.resolve(INNER.baseName() + ".lock"), "");
    client.run("nix-store", "--gc");
    assertThat(leftOvers(client)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource(CANDIDATES)
  void whatHangsIsStopped(RealNix nix) throws Exception {
    NixClient client = client(nix);
    Path programs = Files.createDirectory(scratch.resolve("programs"));
    script(programs.resolve("nix-daemon"), "exec '" + nix.program("nix-daemon") + "' \"$@\"");
    script(programs.resolve("nix-store"), "exec sleep 1000");
    Bytes nar = hardTree();
    PathInfo info = PathInfo.of(INNER, NixHash.sha256Of(nar), nar.size(), List.of());
    Duration limit = Duration.ofMillis(100);
    try (Registry registry = new Registry(StoreDir.DEFAULT, programs, client.storeUri(), limit)) {
      assertThatThrownBy(() -> registry.register(List.of(info)))
          .isInstanceOf(DaemonException.class)
          .hasMessageContaining("was stopped");
    }
  }

  private static void script(Path file, String line) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + line + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private NixClient client(RealNix nix) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    NixClient client = nix.client(scratch);
    client.run("nix-store", "--init");
    return client;
  }

  private static DirectStore open(NixClient client) throws Exception {
    return open(client, DirectStore.Syncing.LATER);
  }

  private static DirectStore open(NixClient client, DirectStore.Syncing syncing) throws Exception {
    Path programs = client.nix().program("nix-store").resolveSibling(".").normalize();
    return new DirectStore(
        StoreLayout.chroot(client.root()),
        new Registry(StoreDir.DEFAULT, programs, client.storeUri()),
        syncing);
  }

  private static List<String> leftOvers(NixClient client) throws IOException {
    try (Stream<Path> names = Files.list(client.physical("/nix/store"))) {
      return names
          .map(path -> path.getFileName().toString())
          .filter(name -> !name.equals(".links"))
          .toList();
    }
  }

  private static Path tree(NixClient client) {
    return client.physical("/nix/store/" + INNER.baseName());
  }

  private static List<String> attributes(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.map(path -> root.relativize(path) + " " + attributesOf(path)).sorted().toList();
    }
  }

  private static String attributesOf(Path path) {
    try {
      return Files.readAttributes(
              path, "unix:mode,uid,gid,lastModifiedTime", java.nio.file.LinkOption.NOFOLLOW_LINKS)
          .toString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static NarBytes from(Bytes nar) {
    return () -> new ByteArrayInputStream(nar.toArray());
  }

  private static InputStream failing(Bytes nar) {
    return new FilterInputStream(new ByteArrayInputStream(nar.toArray(), 0, 1000)) {
      @Override
      public int read(byte[] target, int from, int size) throws IOException {
        int count = super.read(target, from, size);
        if (count < 0) {
          throw new IOException("the source is gone");
        }
        return count;
      }
    };
  }

  private static Bytes hardTree() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NarWriter nar = new NarWriter(out);
    nar.startDirectory();
    file(nar, Bytes.utf8("empty"), FileMode.REGULAR, 0);
    file(nar, Bytes.utf8("large"), FileMode.EXECUTABLE, 300_000);
    nar.entry(Bytes.utf8("link"));
    nar.symlink(Bytes.utf8("no//where/"));
    nar.entry(Bytes.utf8("sub"));
    nar.startDirectory();
    file(nar, Bytes.utf8("a b\n"), FileMode.REGULAR, 1);
    file(nar, Bytes.owning(new byte[] {'b', (byte) 0xff, (byte) 0xfe}), FileMode.EXECUTABLE, 4096);
    nar.endDirectory();
    nar.endDirectory();
    nar.finish();
    return Bytes.owning(out.toByteArray());
  }

  private static void file(NarWriter nar, Bytes name, FileMode mode, int size) throws Exception {
    nar.entry(name);
    nar.regular(mode, size, new ByteArrayInputStream(new byte[size]));
  }
}
