package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import spindrift.base.Json;
import spindrift.base.JsonValue;
import spindrift.mount.MountSettings;
import spindrift.nix.StorePath;
import spindrift.node.Mounted;
import spindrift.store.StoreSocket;
import spindrift.testkit.Corpus;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/** A mount in place of /nix/store, and below a writable layer. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class MountOverlayTest {
  @TempDir Path scratch;

  private MountPrograms programs;
  private StorePath root;
  private Mounted lower;

  @BeforeEach
  void open() throws Exception {
    programs = new MountPrograms(scratch);
    root = StorePath.ofBaseName(Path.of(Corpus.system()).getFileName().toString());
    programs.reader(programs.owner().p2pAddress());
    lower = programs.mount("reader", MountSettings.all().of(List.of(root)));
  }

  @AfterEach
  void close() throws Exception {
    programs.close();
  }

  private static final String OVERLAY =
      """
      mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$3" || exit 125
      shift 3
      exec "$@"
      """;

  /** What runs sees the overlay on a directory, and nobody else does. */
  private ProcessBuilder over(Path directory, ProcessBuilder builder) throws Exception {
    Path layer = Files.createDirectories(scratch.resolve("layer"));
    Files.createDirectories(layer.resolve("upper"));
    Files.createDirectories(layer.resolve("work"));
    List<String> command = new ArrayList<>(List.of("timeout", "-k", "5", "100", "unshare", "-m"));
    command.addAll(List.of("bash", "-c", OVERLAY, "overlay", lower.directory().toString()));
    command.addAll(List.of(layer.toString(), directory.toString()));
    command.addAll(builder.command());
    return builder.command(command);
  }

  private List<String> run(ProcessBuilder builder) throws Exception {
    Path out = Files.createTempFile(scratch, "out", "");
    Path err = Files.createTempFile(scratch, "err", "");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    assertThat(process.waitFor(110, TimeUnit.SECONDS)).as("ends").isTrue();
    assumeThat(process.exitValue()).as("overlays are possible here").isNotEqualTo(125);
    assertThat(process.exitValue()).as(Files.readString(err)).isZero();
    return Files.readAllLines(out);
  }

  private String programOf(String name, String program) throws Exception {
    String path = MountPrograms.names(".*-" + name + "-\\d[^/]*(?<!-doc)").getFirst();
    return "/nix/store/" + path + "/bin/" + program;
  }

  /** Its loader and its libraries are in the closure, too. */
  @Test
  void aProgramOfTheClosureRunsWhereTheStoreIsEmpty() throws Exception {
    Path empty = Files.createDirectories(scratch.resolve("root/nix/store"));
    Files.createDirectories(scratch.resolve("root/proc"));
    String script =
        "mount --bind \"$1\" \"$2/nix/store\" && exec chroot \"$2\" \"$3\" -c 'echo $((6*7))'";
    List<String> done =
        run(
            new ProcessBuilder(
                List.of(
                    "timeout",
                    "60",
                    "unshare",
                    "-m",
                    "bash",
                    "-c",
                    script,
                    "chroot",
                    lower.directory().toString(),
                    scratch.resolve("root").toString(),
                    programOf("dash", "dash"))));
    assertThat(done).containsExactly("42");
    assertThat(empty).isEmptyDirectory();
  }

  @Test
  void aWritableLayerAboveTakesWhatIsWritten() throws Exception {
    Path merged = Files.createDirectories(scratch.resolve("merged"));
    String dash = Path.of(programOf("dash", "dash")).getParent().getParent().getFileName() + "";
    String script = "cd \"$1\" && cmp $2/bin/dash $3 && echo new > new && cat new && ls | wc -l";
    List<String> done =
        run(
            over(
                merged,
                new ProcessBuilder(
                    "bash",
                    "-c",
                    script,
                    "merged",
                    merged.toString(),
                    dash,
                    MountPrograms.original(dash).resolve("bin/dash").toString())));
    assertThat(done).containsExactly("new", Integer.toString(lower.paths() + 1));
    assertThat(scratch.resolve("layer/upper/new")).hasContent("new\n");
  }

  private long received() throws Exception {
    long sum = 0;
    Ran peers = Ran.spindrift("peers", "--json", "--data", programs.data("reader").toString());
    for (JsonValue item : peers.json().items("items")) {
      sum += Json.asObject(item).whole("blockBytesIn");
    }
    return sum;
  }

  @ParameterizedTest
  @MethodSource("spindrift.testkit.RealNix#candidates")
  void isTheLowerStoreOfLocalOverlay(RealNix nix) throws Exception {
    assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
    assumeThat(nix.isAtLeast(2, 26)).as("it has the local-overlay store").isTrue();
    NixClient client = nix.client(scratch);
    // In its configuration, so that what Nix starts to build has them, too.
    client.configure("experimental-features = nix-command local-overlay-store");
    client.with("sandbox", "true").with("sandbox-paths", "");
    Path merged = Files.createDirectories(client.root().resolve("nix/store"));
    Path socket = scratch.resolve("lower.sock");
    String store =
        "local-overlay://?root=%s&lower-store=unix%%3A%%2F%%2F%s%%3Freal%%3D%s&upper-layer=%s"
            .formatted(client.root(), socket, lower.directory(), scratch.resolve("layer/upper"));
    NodeStore shown =
        NodeStore.ofClosures(
            new NodeObjects(programs.data("reader"), NodeObjects.Ahead.NOTHING), List.of(root));
    try (StoreSocket _ = StoreSocket.start(socket, shown)) {
      List<String> closure =
          run(over(merged, client.command(store, "nix", "path-info", "-r", "-S", Corpus.system())));
      assertThat(closure).hasSize(lower.paths());
      long names = received();
      assertThat(names).as("bytes for names and sizes; no contents").isLessThan(4_000_000);

      Path note = Files.writeString(scratch.resolve("note"), "for the upper layer");
      List<String> added =
          run(over(merged, client.command(store, "nix-store", "--add", note.toString())));
      assertThat(scratch.resolve("layer/upper").resolve(Path.of(added.getLast()).getFileName()))
          .hasContent("for the upper layer");

      String path = Path.of(programOf("dash", "dash")).getParent().getParent().toString();
      run(over(merged, client.command(store, "nix-store", "--verify-path", path)));
      assertThat(received()).as("bytes, when it was read").isGreaterThan(names);

      Path expression = scratch.resolve("build.nix");
      Files.writeString(
          expression,
          """
          derivation {
            name = "built"; system = "x86_64-linux";
            builder = builtins.storePath "%s" + "/bin/dash";
            args = [ "-c" "echo built by $0 > $out" ];
          }
          """
              .formatted(path));
      List<String> built =
          run(
              over(
                  merged,
                  client.command(store, "nix-build", "--no-out-link", expression.toString())));
      assertThat(scratch.resolve("layer/upper").resolve(Path.of(built.getLast()).getFileName()))
          .hasContent("built by dash\n");
    }
  }
}
