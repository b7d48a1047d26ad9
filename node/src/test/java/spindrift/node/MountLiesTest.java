package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.JsonObject;
import spindrift.catalog.CatalogRecord;
import spindrift.catalog.Views;
import spindrift.dag.FileLayout;
import spindrift.fuse.MountOptions;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsAttributes;
import spindrift.ipld.UnixFsNode;
import spindrift.ipld.UnixFsNode.Part;
import spindrift.mount.MountSettings;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.node.NodeConfig.Uploaders;
import spindrift.node.PeerSettings.Discovery;
import spindrift.testkit.FaultyUpstream;

/** A peer that signed nothing and makes up which blocks a path is made of. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class MountLiesTest {
  private static final int SIZE = 5000;

  @TempDir(factory = InMemory.class)
  Path scratch;

  private final SecretKey key = SecretKey.generate("builder-1");
  private final List<AutoCloseable> opened = new ArrayList<>();
  private Pushed wanted;
  private Pushed other;

  @BeforeEach
  void requireKernel() throws Exception {
    assumeThat(Files.isWritable(Path.of("/dev/fuse"))).as("/dev/fuse").isTrue();
    assumeThat(System.getProperty("user.name")).as("root may mount").isEqualTo("root");
    wanted = signed(Pushed.object(1, SIZE));
    other = signed(Pushed.object(2, SIZE));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  private Pushed signed(Pushed object) {
    return new Pushed(
        object.info().withSignature(key.sign(object.info().fingerprint(StoreDir.DEFAULT))),
        object.nar());
  }

  private NodeConfig config(String name) throws Exception {
    return TestNodes.config(scratch.resolve(name), "none", Uploaders.ANYBODY)
        .withP2pListen(List.of("/ip4/127.0.0.1/tcp/0"))
        .withDiscovery(Discovery.OFF);
  }

  /** What a peer says of an object instead of the truth. */
  @FunctionalInterface
  private interface Lie {
    Views of(DataDirectory data, CatalogRecord truth, CatalogRecord other) throws Exception;
  }

  private Node liar(Lie lie) throws Exception {
    NodeConfig config = config("liar").withMoreShareKeys(List.of(key.publicKey().render()));
    try (Node node = Node.start(config)) {
      assertThat(wanted.push(node.url())).isEqualTo(200);
      assertThat(other.push(node.url())).isEqualTo(200);
    }
    try (DataDirectory data = DataDirectory.open(config)) {
      CatalogRecord truth = data.catalog().find(wanted.info().path()).orElseThrow();
      Views views = lie.of(data, truth, data.catalog().find(other.info().path()).orElseThrow());
      data.catalog()
          .put(
              List.of(
                  new CatalogRecord(
                      truth
                          .narInfo()
                          .withExtraField(Views.NAR_FIELD, views.nar().toString())
                          .withExtraField(Views.TREE_FIELD, views.tree().toString()),
                      views.nar(),
                      views.tree(),
                      truth.origin(),
                      truth.pin(),
                      truth.treeFingerprint(),
                      truth.added(),
                      truth.used())));
    }
    Node node = Node.start(config);
    opened.add(node);
    return node;
  }

  private void reader(Node liar, String... upstreams) throws Exception {
    NodeConfig config =
        config("reader")
            .withMoreTrustedKeys(List.of(key.publicKey().render()))
            .withMoreUpstreams(List.of(upstreams))
            .withMorePeers(List.of(liar.p2pAddress()));
    opened.add(Node.start(config));
    // One that was not connected at the first look-up would not be asked again soon.
    await(() -> TestNodes.hasPeer(config.data()));
    await(() -> isFound(config.data()));
  }

  private boolean isFound(Path data) throws Exception {
    try {
      return info(data).optionalText("view").equals(Optional.of("claimed"));
    } catch (AbsentException e) {
      return false;
    }
  }

  private JsonObject info(Path data) throws Exception {
    JsonObject arguments = JsonObject.of("paths", List.of(wanted.info().path().hashPart()));
    return TestNodes.items(data, "info", arguments).getFirst();
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      LockSupport.parkNanos(20_000_000);
    }
  }

  private Mounted mount(MountSettings.Demand demand) throws Exception {
    Path directory = Files.createDirectories(scratch.resolve("mnt"));
    Mounted mounted =
        Mounted.start(
            scratch.resolve("reader"),
            MountSettings.all().demanding(demand),
            MountOptions.at(directory));
    opened.add(mounted);
    return mounted;
  }

  private Path shown(Mounted mounted) {
    return mounted.directory().resolve(wanted.info().path().baseName());
  }

  private static String attribute(Path file, String name) throws IOException {
    return Bytes.copyOf((byte[]) Files.getAttribute(file, "user:spindrift." + name)).display();
  }

  /** Neither there nor absent, but not to be had. */
  private static String refusal(Path file) {
    try {
      Files.readAttributes(file, "size");
      return "";
    } catch (AccessDeniedException e) {
      return "Permission denied";
    } catch (IOException e) {
      return e.toString();
    }
  }

  private void awaitRefuted(Mounted mounted) throws Exception {
    assertThat(refusal(shown(mounted))).contains("temporarily unavailable");
    await(() -> !refusal(shown(mounted)).contains("temporarily unavailable"));
    for (int i = 0; i < 2; i++) {
      assertThat(refusal(shown(mounted))).contains("Permission denied");
    }
  }

  @Test
  void aTreeThatSomebodyMadeUpIsMarkedAndRefusedWhereProofIsAskedFor() throws Exception {
    reader(liar((data, truth, another) -> another.views()));
    try (Mounted mounted = mount(MountSettings.Demand.ANY_VIEW)) {
      // The honest limit: each block is what its CID says, and the CIDs are the peer's.
      assertThat(other.nar().display())
          .contains(Bytes.copyOf(Files.readAllBytes(shown(mounted).resolve("file"))).display());
      assertThat(attribute(shown(mounted), "proved")).isEqualTo("no");
      assertThat(attribute(shown(mounted), "source")).startsWith("peer ");
    }
    JsonObject info = info(scratch.resolve("reader"));
    assertThat(info.text("view")).isEqualTo("claimed");
    assertThat(info.text("viewBy")).startsWith("peer ");
    assertThat(info.text("origin")).isEqualTo("elsewhere");
    awaitRefuted(mount(MountSettings.Demand.PROVED_VIEW));
  }

  @Test
  void whatIsNoNarAtAllIsRefutedToo() throws Exception {
    reader(liar((data, truth, another) -> new Views(truth.treeView(), truth.treeView())));
    try (Mounted mounted = mount(MountSettings.Demand.ANY_VIEW)) {
      assertThat(refusal(shown(mounted))).contains("Input/output error");
    }
    awaitRefuted(mount(MountSettings.Demand.PROVED_VIEW));
  }

  @Test
  void aViewOfABlockThatNobodyHasHasTheNarFetchedOnce() throws Exception {
    Path cache = cacheWith(wanted);
    try (FaultyUpstream upstream = FaultyUpstream.over(cache)) {
      reader(
          liar(
              (data, truth, another) ->
                  new Views(withLeafOfNobody(data, truth), another.treeView())),
          upstream.url());
      try (Mounted mounted = mount(MountSettings.Demand.ANY_VIEW)) {
        Path file = shown(mounted).resolve("file");
        assertThat(Files.size(file)).isEqualTo(SIZE);
        for (int i = 0; i < 3; i++) {
          assertThatThrownBy(() -> Files.readAllBytes(file))
              .hasMessageContaining("Input/output error");
        }
        assertThat(upstream.requests("nar/")).isEqualTo(1);
      }
      // By now it is here, with a view of this node's own.
      try (Mounted mounted = mount(MountSettings.Demand.ANY_VIEW)) {
        assertThat(Files.size(shown(mounted).resolve("file"))).isEqualTo(SIZE);
        assertThat(wanted.nar().display())
            .contains(Bytes.copyOf(Files.readAllBytes(shown(mounted).resolve("file"))).display());
        assertThat(attribute(shown(mounted), "proved")).isEqualTo("yes");
      }
    }
  }

  private static Cid withLeafOfNobody(DataDirectory data, CatalogRecord truth) throws Exception {
    Bytes root = data.blocks().read(truth.narView()).orElseThrow();
    FileLayout layout = new FileLayout(data.blocks());
    for (Part part : ((UnixFsNode.File) UnixFsNode.decode(root)).parts()) {
      boolean isLeaf = part.cid().codec() == Cid.RAW && !part.cid().isIdentity();
      layout.add(isLeaf ? Part.leaf(Cid.raw(Bytes.owning(new byte[32])), part.size()) : part);
    }
    return layout.finish(UnixFsAttributes.NONE).cid();
  }

  private Path cacheWith(Pushed object) throws IOException {
    Path cache = Files.createDirectories(scratch.resolve("cache"));
    Files.createDirectories(cache.resolve("nar"));
    Files.writeString(cache.resolve("nix-cache-info"), "StoreDir: /nix/store\n");
    Files.write(cache.resolve(object.info().url()), object.nar().toArray());
    Files.writeString(
        cache.resolve(object.info().path().hashPart() + ".narinfo"),
        object.info().render(StoreDir.DEFAULT),
        StandardCharsets.UTF_8);
    return cache;
  }
}
