package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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
import spindrift.fuse.MountOptions;
import spindrift.mount.MountSettings;
import spindrift.nix.StorePath;
import spindrift.node.NodeConfig.Uploaders;
import spindrift.node.PeerSettings.Discovery;
import spindrift.testkit.Corpus;
import spindrift.testkit.Seeds;

/** Nodes whose store the real kernel shows. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class MountTest {
  private static final String ATTRIBUTES = "unix:mode,uid,gid,lastModifiedTime,isSymbolicLink";

  @TempDir(factory = InMemory.class)
  Path scratch;

  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeEach
  void requireAll() {
    assumeThat(Corpus.missing()).as("a corpus").isEmpty();
    assumeThat(Files.isWritable(Path.of("/dev/fuse"))).as("/dev/fuse").isTrue();
    assumeThat(System.getProperty("user.name")).as("root may mount").isEqualTo("root");
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      LockSupport.parkNanos(20_000_000);
    }
  }

  private Path data(String name) {
    return scratch.resolve("data-" + name);
  }

  private NodeConfig owner() throws Exception {
    return TestNodes.config(data("owner"), Corpus.store().toString(), Uploaders.WITH_TOKEN)
        .withMoreShareKeys(List.of(Corpus.key()))
        .withP2pListen(List.of("/ip4/127.0.0.1/tcp/0"))
        .withDiscovery(Discovery.OFF);
  }

  private Node start(NodeConfig config) throws Exception {
    Node node = Node.start(config);
    opened.add(node);
    if (!config.store().equals("none")) {
      // Nix starts, with a mount namespace of its own, before there is a mount to be kept by it.
      TestNodes.command(config.data(), "info", JsonObject.of("paths", List.of(Corpus.root())));
    } else {
      await(() -> !TestNodes.items(config.data(), "peers", JsonObject.EMPTY).isEmpty());
    }
    return node;
  }

  private NodeConfig reader(Node peer) throws Exception {
    return TestNodes.config(data("reader"), "none", Uploaders.WITH_TOKEN)
        .withMoreTrustedKeys(List.of(Corpus.key()))
        .withMorePeers(List.of(peer.p2pAddress()))
        .withP2pListen(List.of("/ip4/127.0.0.1/tcp/0"))
        .withDiscovery(Discovery.OFF);
  }

  private Mounted mount(String name, MountSettings settings) throws Exception {
    Path directory = Files.createDirectories(scratch.resolve("mnt"));
    Mounted mounted = Mounted.start(data(name), settings, MountOptions.at(directory));
    opened.add(mounted);
    return mounted;
  }

  /** The hard cases and some programs: of some MB. */
  private static List<String> names() throws IOException {
    return Corpus.paths().stream()
        .map(path -> path.substring(path.lastIndexOf('/') + 1))
        .filter(name -> name.matches(".*-(hard-[a-y].*|dash-.*|debianutils-.*|libattr1.*|a.b-.*)"))
        .toList();
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
    start(owner());
    Mounted mounted = mount("owner", MountSettings.all());
    for (String name : names()) {
      compare(mounted.directory(), name);
    }
    assertThatThrownBy(() -> Files.size(mounted.directory().resolve("no-store-path")))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(
            () -> Files.size(mounted.directory().resolve("0".repeat(32) + "-nobody-has-it")))
        .isInstanceOf(NoSuchFileException.class);

    List<JsonObject> list = Mounted.list(data("owner"));
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
    Node owner = start(owner());
    Node reader = start(reader(owner));
    Mounted mounted = mount("reader", MountSettings.all());
    List<String> names = names();
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
      start(reader(owner));
      rest.get();
    }
  }

  @Test
  void randomReadsOfManyReadersAreRight() throws Exception {
    Node owner = start(owner());
    start(reader(owner));
    String dash =
        names().stream().filter(name -> name.contains("-dash-0")).findFirst().orElseThrow();
    Path original = Corpus.store().resolve("nix/store").resolve(dash).resolve("bin/dash");
    byte[] content = Files.readAllBytes(original);
    Mounted mounted = mount("reader", MountSettings.all());
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
    Node owner = start(owner());
    start(reader(owner));
    String name = names().stream().filter(one -> one.contains("-dash-0")).findFirst().orElseThrow();
    Mounted mounted =
        mount("reader", MountSettings.all().demanding(MountSettings.Demand.PROVED_VIEW));
    Path shown = mounted.directory().resolve(name);
    assertThatThrownBy(() -> Files.readAttributes(shown, ATTRIBUTES))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("temporarily unavailable");
    await(() -> Files.exists(shown));
    compare(mounted.directory(), name);
    assertThat(attribute(shown, "spindrift.proved")).isEqualTo(Bytes.utf8("yes"));
  }

  private static Bytes attribute(Path file, String name) throws IOException {
    return Bytes.copyOf((byte[]) Files.getAttribute(file, "user:" + name));
  }

  @Test
  void aClosureIsMountedWholeOrNotAtAll() throws Exception {
    assertThatThrownBy(() -> mount("owner", MountSettings.all()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("'spindrift up'");
    start(owner());
    StorePath absent = StorePath.ofBaseName("0".repeat(32) + "-nobody-has-it");
    assertThatThrownBy(() -> mount("owner", MountSettings.all().of(List.of(absent))))
        .isInstanceOf(AbsentException.class);
    String system = Corpus.system();
    StorePath root = StorePath.ofBaseName(system.substring(system.lastIndexOf('/') + 1));
    Mounted mounted = mount("owner", MountSettings.all().of(List.of(root)));
    assertThat(listed(mounted.directory())).hasSize(mounted.paths()).hasSizeGreaterThan(5);
    assertThat(mounted.directory().resolve(absent.baseName())).doesNotExist();
  }

  @Test
  void aNodeThatDoesNotComeBackIsAnError() throws Exception {
    Node owner = start(owner());
    Mounted mounted = mount("owner", MountSettings.all().waiting(Duration.ofMillis(500)));
    owner.close();
    assertThatThrownBy(() -> Files.size(mounted.directory().resolve(names().getFirst())))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Input/output error");
  }
}
