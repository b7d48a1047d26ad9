package spindrift.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.nix.FileMode;
import spindrift.nix.NarWriter;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.Signature;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.store.ScriptedDaemon.Words;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/** Nix reads from the socket as from a daemon, and nobody can do more than read. */
@Timeout(60)
final class StoreSocketTest {
  private static final StorePath INNER = new StorePath("1".repeat(32), "inner");
  private static final StorePath OUTER = new StorePath("2".repeat(32), "outer");
  private static final StorePath ABSENT = new StorePath("3".repeat(32), "absent");
  private static final Bytes NAR = narOf("contents");

  @TempDir Path scratch;
  private final Offered offered = new Offered();
  private Path file = Path.of("");
  private Optional<StoreSocket> socket = Optional.empty();

  /** A store of two paths. */
  private static final class Offered implements OfferedStore {
    private final Map<StorePath, PathInfo> infos = new ConcurrentHashMap<>();

    @Override
    public StoreDir storeDir() {
      return StoreDir.DEFAULT;
    }

    @Override
    public Optional<PathInfo> pathInfo(StorePath path) {
      return Optional.ofNullable(infos.get(path));
    }

    @Override
    public Optional<StorePath> byHashPart(String hashPart) {
      return infos.keySet().stream().filter(path -> path.hashPart().equals(hashPart)).findFirst();
    }

    @Override
    public Set<StorePath> validPaths(Set<StorePath> paths) {
      Set<StorePath> valid = new HashSet<>(paths);
      valid.retainAll(infos.keySet());
      return valid;
    }

    @Override
    public Set<StorePath> allPaths() {
      return Set.copyOf(infos.keySet());
    }

    @Override
    public void writeNar(PathInfo info, OutputStream out) throws IOException {
      if (info.path().equals(OUTER)) {
        NAR.slice(0, 5).writeTo(out);
        throw new IOException("the source is gone");
      }
      NAR.writeTo(out);
    }
  }

  @BeforeEach
  void start() throws Exception {
    NixHash hash = NixHash.sha256Of(NAR);
    Signature signature = new Signature("key-1", Bytes.owning(new byte[64]));
    offered.infos.put(INNER, PathInfo.of(INNER, hash, NAR.size(), List.of()));
    PathInfo outer = PathInfo.of(OUTER, hash, NAR.size(), List.of(INNER, OUTER));
    offered.infos.put(OUTER, outer.withSignatures(List.of(signature)));
    file = scratch.resolve("socket");
    socket = Optional.of(StoreSocket.start(file, offered));
  }

  @AfterEach
  void stop() throws Exception {
    socket.orElseThrow().close();
    assertThat(file).doesNotExist();
  }

  private DaemonStore client() {
    return new DaemonStore(
        StoreLayout.chroot(scratch), new DaemonEndpoint.Socket(file), Duration.ofSeconds(20));
  }

  @Test
  void saysWhatIsThere() throws Exception {
    try (DaemonStore client = client()) {
      assertThat(client.about().trust()).isEqualTo(DaemonInfo.Trust.NOT_TRUSTED);
      assertThat(client.pathInfo(OUTER)).contains(offered.infos.get(OUTER));
      assertThat(client.pathInfo(ABSENT)).isEmpty();
      assertThat(client.byHashPart(INNER.hashPart())).contains(INNER);
      assertThat(client.byHashPart(ABSENT.hashPart())).isEmpty();
      assertThat(client.validPaths(Set.of(INNER, ABSENT))).containsExactly(INNER);
      assertThat(client.allPaths()).containsExactlyInAnyOrder(INNER, OUTER);
      client.protect(INNER);
      ByteArrayOutputStream nar = new ByteArrayOutputStream();
      client.dumpNar(INNER, nar);
      assertThat(Bytes.owning(nar.toByteArray())).isEqualTo(NAR);
      assertThatThrownBy(() -> client.dumpNar(OUTER, OutputStream.nullOutputStream()))
          .isInstanceOf(IOException.class);
      assertThatThrownBy(
              () -> client.add(offered.infos.get(INNER), new ByteArrayInputStream(new byte[999])))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("read-only");
      assertThat(client.pathInfo(INNER)).as("still works after errors").isPresent();
    }
  }

  @ParameterizedTest
  @MethodSource("spindrift.testkit.RealNix#candidates")
  void nixReadsAndCannotWrite(RealNix nix) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    NixClient client = nix.client(scratch);
    String uri = "unix://" + file;
    String outer = "/nix/store/" + OUTER.baseName();
    assertThat(client.runOn(uri, "nix", "path-info", "-r", "--sigs", outer).text())
        .contains(INNER.baseName(), OUTER.baseName(), "key-1:");
    assertThat(client.runOn(uri, "nix", "path-info", "--all").lines()).hasSize(2);
    assertThat(client.runOn(uri, "nix-store", "--query", "--references", outer).lines()).hasSize(2);
    Path text = Files.writeString(scratch.resolve("text"), "text");
    Process added =
        client
            .command(uri, "nix-store", "--add", text.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(added.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(added.waitFor()).isNotEqualTo(0);
    assertThat(said).contains("read-only");
    if (nix.isAtLeast(2, 26)) {
      // Nix takes the files where they are, as those of a mount.
      Path files = Files.createDirectory(scratch.resolve("files"));
      Files.writeString(files.resolve(ABSENT.baseName()), "contents");
      NixHash hash = NixHash.sha256Of(NAR);
      offered.infos.put(ABSENT, PathInfo.of(ABSENT, hash, NAR.size(), List.of()));
      String from = uri + "?real=" + files;
      client.run(
          "nix", "copy", "--from", from, "--no-check-sigs", "/nix/store/" + ABSENT.baseName());
      assertThat(client.physical("/nix/store/" + ABSENT.baseName())).exists();
    }
  }

  @ParameterizedTest
  @MethodSource("spindrift.testkit.RealNix#candidates")
  void isTheLowerStoreOfAnOverlay(RealNix nix) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    assumeThat(nix.isAtLeast(2, 26)).as("it has the local-overlay store").isTrue();
    NixClient client = nix.client(scratch);
    client.with("experimental-features", "nix-command local-overlay-store");
    String lower = "unix%3A%2F%2F" + file + "%3Freal%3D" + scratch;
    String uri =
        "local-overlay://?root=%s&lower-store=%s&upper-layer=%s&check-mount=false"
            .formatted(client.root(), lower, Files.createDirectory(scratch.resolve("upper")));
    String outer = "/nix/store/" + OUTER.baseName();
    assertThat(client.runOn(uri, "nix", "path-info", "-r", "--sigs", outer).text())
        .contains(INNER.baseName(), OUTER.baseName(), "key-1:");
    // It is in the upper store's own database now.
    try (LocalStore upper = DatabaseStore.open(StoreLayout.chroot(client.root()))) {
      assertThat(upper.allPaths()).containsExactlyInAnyOrder(INNER, OUTER);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {2, 4, 5, 7, 24, 36, 37, 39, 44, 45, 47, 99, 1L << 40, -1})
  void whatWouldWriteAndWhatIsUnknownIsRefused(long operation) throws Exception {
    Bytes said = talk(greeting().number(operation));
    assertThat(said.display())
        .contains("read-only", "operation " + Long.toUnsignedString(operation));
  }

  @Test
  void whatIsTooLongIsNotRead() throws Exception {
    for (Words words :
        List.of(
            greeting().number(26, 1L << 40),
            greeting().number(31, 1L << 40),
            greeting().number(26, -1),
            greeting().number(19, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1L << 40),
            greeting().number(26).text("/etc/passwd"),
            greeting().number(26).text("/nix/store/../../etc/passwd"))) {
      assertThat(talk(words)).as("an error").isNotNull();
    }
    assertThat(talk(new Words().number(0x6e697863, 0x105))).isNotNull();
    assertThat(talk(new Words().number(1, 2, 3))).isNotNull();
    requireServes();
  }

  @Test
  void aClientThatGoesAnywhereInItsSentenceHarmsNobody() throws Exception {
    Bytes all = Bytes.owning(greeting().number(26).text("/nix/store/" + INNER.baseName()).bytes());
    for (int size = 0; size < all.size(); size++) {
      try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
        channel.write(ByteBuffer.wrap(all.slice(0, size).toArray()));
      }
    }
    requireServes();
  }

  @Test
  void aSocketThatSomebodyListensOnIsNotTaken() throws Exception {
    assertThatThrownBy(() -> StoreSocket.start(file, offered))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString());
    Path other = Files.writeString(scratch.resolve("file"), "kept");
    assertThatThrownBy(() -> StoreSocket.start(other, offered)).isInstanceOf(IOException.class);
    assertThat(other).hasContent("kept");
  }

  private void requireServes() throws Exception {
    try (DaemonStore client = client()) {
      assertThat(client.pathInfo(INNER)).isPresent();
    }
  }

  private static Bytes narOf(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NarWriter nar = new NarWriter(out);
    try {
      nar.regular(
          FileMode.REGULAR, text.length(), new ByteArrayInputStream(Bytes.utf8(text).toArray()));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    nar.finish();
    return Bytes.owning(out.toByteArray());
  }

  private static Words greeting() {
    return new Words().number(0x6e697863, 0x126, 0, 0, 0);
  }

  /** What is answered until the connection is closed. */
  private Bytes talk(Words words) throws Exception {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
      channel.write(ByteBuffer.wrap(words.bytes()));
      channel.shutdownOutput();
      return Bytes.owning(Channels.newInputStream(channel).readAllBytes());
    } catch (IOException e) {
      return Bytes.utf8(String.valueOf(e.getMessage()));
    }
  }
}
