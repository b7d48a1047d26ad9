package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;
import spindrift.base.JsonObject;
import spindrift.base.RawPath;
import spindrift.mount.MountSettings;
import spindrift.nix.StorePath;
import spindrift.testkit.Corpus;
import spindrift.testkit.Seeds;

/** Nodes whose store the real kernel shows. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class MountTest {
  private static final String ATTRIBUTES = "unix:mode,uid,gid,lastModifiedTime,isSymbolicLink";

  @TempDir(factory = InMemory.class)
  Path scratch;

  private MountNodes nodes;

  @BeforeEach
  void open() {
    nodes = new MountNodes(scratch);
  }

  @AfterEach
  void close() throws Exception {
    nodes.close();
  }

  private static void compare(Path directory, String name) throws IOException {
    Path original = Corpus.store().resolve("nix/store").resolve(name);
    try (Stream<Path> files = Files.walk(original)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path shown = directory.resolve(name).resolve(original.relativize(file));
        assertThat(Files.readAttributes(shown, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS))
            .as("%s", shown)
            .isEqualTo(Files.readAttributes(file, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS));
        if (Files.isSymbolicLink(file)) {
          assertThat(RawPath.bytes(Files.readSymbolicLink(shown)))
              .isEqualTo(RawPath.bytes(Files.readSymbolicLink(file)));
        } else if (Files.isDirectory(file)) {
          assertThat(listed(shown)).isEqualTo(listed(file));
        } else {
          assertThat(Files.mismatch(file, shown)).as("%s", shown).isEqualTo(-1);
        }
      }
    }
  }

  private static List<String> listed(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> RawPath.bytes(entry.getFileName()).hex()).sorted().toList();
    }
  }

  @Test
  void aLocalStoreIsShownAsItIs() throws Exception {
    nodes.owner();
    Mounted mounted = nodes.mount("owner", MountSettings.all());
    for (String name : MountNodes.names()) {
      compare(mounted.directory(), name);
    }
    assertThatThrownBy(() -> Files.size(mounted.directory().resolve("no-store-path")))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(
            () -> Files.size(mounted.directory().resolve("0".repeat(32) + "-nobody-has-it")))
        .isInstanceOf(NoSuchFileException.class);

    List<JsonObject> list = Mounted.list(nodes.data("owner"));
    assertThat(list)
        .anySatisfy(
            one -> {
              assertThat(one.text("directory")).isEqualTo(mounted.directory().toString());
              assertThat(one.text("condition")).isEqualTo("serving");
              assertThat(one.whole("pid")).isEqualTo(ProcessHandle.current().pid());
            });
    Mounted.unmount(mounted.directory(), Mounted.Force.NEVER);
    assertThat(mounted.directory()).isEmptyDirectory();
  }

  @Test
  void aPeersStoreIsReadBlockByBlockAndOverARestart() throws Exception {
    Node owner = nodes.owner();
    Node reader = nodes.reader(owner);
    Mounted mounted = nodes.mount("reader", MountSettings.all());
    List<String> names = MountNodes.names();
    for (String name : names) {
      assertThat(Files.exists(mounted.directory().resolve(name), LinkOption.NOFOLLOW_LINKS))
          .isTrue();
    }
    reader.close();
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<?> rest =
          threads.submit(
              () -> {
                for (String name : names) {
                  compare(mounted.directory(), name);
                }
                return null;
              });
      nodes.reader(owner);
      rest.get();
    }
  }

  @Test
  void randomReadsOfManyReadersAreRight() throws Exception {
    Node owner = nodes.owner();
    nodes.reader(owner);
    String dash =
        MountNodes.names().stream()
            .filter(name -> name.contains("-dash-0"))
            .findFirst()
            .orElseThrow();
    Path original = Corpus.store().resolve("nix/store").resolve(dash).resolve("bin/dash");
    byte[] content = Files.readAllBytes(original);
    Mounted mounted = nodes.mount("reader", MountSettings.all());
    Path shown = mounted.directory().resolve(dash).resolve("bin/dash");
    try (ExecutorService threads = Executors.newFixedThreadPool(64)) {
      List<Future<?>> readers = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        readers.add(
            threads.submit(
                () ->
                    Seeds.forEach(
                        20,
                        random -> {
                          int from = random.nextInt(content.length);
                          byte[] part = new byte[1 + random.nextInt(content.length - from)];
                          try (RandomAccessFile file = new RandomAccessFile(shown.toFile(), "r")) {
                            file.seek(from);
                            file.readFully(part);
                          }
                          assertThat(
                                  Arrays.equals(
                                      part, 0, part.length, content, from, from + part.length))
                              .isTrue();
                        })));
      }
      for (Future<?> one : readers) {
        one.get();
      }
    }
  }

  @Test
  void aViewIsProvedBeforeItIsShownWhereThatIsAskedFor() throws Exception {
    Node owner = nodes.owner();
    nodes.reader(owner);
    String name =
        MountNodes.names().stream()
            .filter(one -> one.contains("-dash-0"))
            .findFirst()
            .orElseThrow();
    Mounted mounted =
        nodes.mount("reader", MountSettings.all().demanding(MountSettings.Demand.PROVED_VIEW));
    Path shown = mounted.directory().resolve(name);
    assertThatThrownBy(() -> Files.readAttributes(shown, ATTRIBUTES))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("temporarily unavailable");
    MountNodes.await(() -> Files.exists(shown));
    compare(mounted.directory(), name);
    assertThat(attribute(shown, "spindrift.proved")).isEqualTo(Bytes.utf8("yes"));
  }

  private static Bytes attribute(Path file, String name) throws IOException {
    return Bytes.copyOf((byte[]) Files.getAttribute(file, "user:" + name));
  }

  @Test
  void aClosureIsMountedWholeOrNotAtAll() throws Exception {
    assertThatThrownBy(() -> nodes.mount("owner", MountSettings.all()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("'spindrift up'");
    nodes.owner();
    StorePath absent = StorePath.ofBaseName("0".repeat(32) + "-nobody-has-it");
    assertThatThrownBy(() -> nodes.mount("owner", MountSettings.all().of(List.of(absent))))
        .isInstanceOf(AbsentException.class);
    String system = Corpus.system();
    StorePath root = StorePath.ofBaseName(system.substring(system.lastIndexOf('/') + 1));
    Mounted mounted = nodes.mount("owner", MountSettings.all().of(List.of(root)));
    assertThat(listed(mounted.directory())).hasSize(mounted.paths()).hasSizeGreaterThan(5);
    assertThat(mounted.directory().resolve(absent.baseName())).doesNotExist();
  }

  @Test
  void aNodeThatDoesNotComeBackIsAnError() throws Exception {
    Node owner = nodes.owner();
    Mounted mounted = nodes.mount("owner", MountSettings.all().waiting(Duration.ofMillis(500)));
    owner.close();
    assertThatThrownBy(() -> Files.size(mounted.directory().resolve(MountNodes.names().getFirst())))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Input/output error");
  }

  /** Tells when all of a record has come. */
  private static final class Warmed extends Handler implements AutoCloseable {
    /** Held on to: a handler is forgotten with its logger. */
    private final Logger logger = Logger.getLogger("spindrift.mount.WarmUp");

    private final CountDownLatch done = new CountDownLatch(1);

    Warmed() {
      logger.addHandler(this);
    }

    @Override
    public void publish(LogRecord record) {
      if (record.getMessage().startsWith("warmed")) {
        done.countDown();
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      logger.removeHandler(this);
    }
  }

  @Test
  void whatOneMachineRecordedWarmsAnother() throws Exception {
    Node owner = nodes.owner();
    nodes.reader("first", owner);
    nodes.reader("second", owner);
    Path record = scratch.resolve("record");
    String dash = dash();
    try (Mounted first = nodes.mount("first", MountSettings.all().recordingTo(record))) {
      compare(first.directory(), dash);
    }
    assertThat(Files.readAllLines(record))
        .isNotEmpty()
        .allMatch(line -> line.startsWith("baf") && line.endsWith(" " + dash));
    try (Warmed warmed = new Warmed()) {
      Mounted second = nodes.mount("second", MountSettings.all().warmedBy(record));
      assertThat(warmed.done.await(60, TimeUnit.SECONDS)).isTrue();
      // Nobody is left to ask.
      owner.close();
      compare(second.directory(), dash);
    }
  }

  private static String dash() throws IOException {
    return MountNodes.names().stream()
        .filter(name -> name.contains("-dash-0"))
        .findFirst()
        .orElseThrow();
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
        .as("%s", List.of(command))
        .isZero();
  }

  @Test
  void aDiskThatIsFullIsNoReasonNotToRead() throws Exception {
    Node owner = nodes.owner();
    Path small = Files.createDirectories(nodes.data("reader"));
    run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", small.toString());
    try (MountNodes inside = new MountNodes(scratch)) {
      inside.reader(owner);
      Path mount = inside.mount("reader", MountSettings.all()).directory();
      compare(mount, dash());
      fill(small.resolve("filler"));
      for (String name : MountNodes.names()) {
        compare(mount, name);
      }
      Files.delete(small.resolve("filler"));
    } finally {
      run("umount", small.toString());
    }
  }

  /** What comes as a whole NAR only, and is collected as soon as it has been used. */
  @Test
  void aQuotaThatKeepsNothingIsNoReasonNotToRead() throws Exception {
    nodes.small(nodes.owner());
    compare(nodes.mount("small", MountSettings.all()).directory(), dash());
  }

  private static void fill(Path file) {
    try (OutputStream out = Files.newOutputStream(file)) {
      while (true) {
        out.write(new byte[4096]);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }
}
