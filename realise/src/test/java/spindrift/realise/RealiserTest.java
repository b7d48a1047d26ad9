package spindrift.realise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;
import spindrift.nix.PathInfo;
import spindrift.nix.Signature;
import spindrift.nix.StorePath;
import spindrift.realise.ObjectSource.Form;
import spindrift.realise.Realiser.Outcome;
import spindrift.realise.Realiser.Scope;
import spindrift.realise.Realiser.Way;
import spindrift.store.DaemonException;
import spindrift.testkit.Completed;
import spindrift.testkit.NixClient;
import spindrift.testkit.NixDaemon;
import spindrift.testkit.RealNix;

/** Paths come into a store whole or not at all; the store is that of the Nix on PATH. */
class RealiserTest {
  private static final int MEGABYTE = 1 << 20;

  @TempDir Path scratch;
  private final MadeObjects objects = new MadeObjects();
  private final List<StorePath> realised = Collections.synchronizedList(new ArrayList<>());
  private NixClient client;

  @BeforeEach
  void makeStore() throws Exception {
    String onPath = versionOnPath();
    Optional<RealNix> nix =
        RealNix.all().stream().filter(one -> onPath.endsWith(" " + one.version())).findFirst();
    assumeThat(nix).as("the Nix on PATH is one of those that tests can run").isPresent();
    client = nix.get().client(scratch);
    client.run("nix-store", "--init");
  }

  private static String versionOnPath() throws Exception {
    try {
      Process process = new ProcessBuilder("nix-store", "--version").start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return ""; // there is none
    }
  }

  private Outcome realise(Way way, Scope scope, StorePath... roots) throws Exception {
    return realise(client.root().toString(), way, scope, roots);
  }

  private Outcome realise(String store, Way way, Scope scope, StorePath... roots) throws Exception {
    Realiser.Listener listener =
        new Realiser.Listener() {
          @Override
          public void progress(long done, long total, StorePath path) {
            assertThat(done).isBetween(0L, total);
          }

          @Override
          public void realised(StorePath path) {
            realised.add(path);
          }
        };
    try (Realiser realiser = Realiser.open(store, way, objects, listener)) {
      return realiser.realise(List.of(roots), scope);
    }
  }

  /** A hundred objects, each of which refers to some before it and to itself. */
  private StorePath hundred() throws Exception {
    List<StorePath> before = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      before.add(objects.make("object-" + i, 1000 + i, before.subList(i / 2, i)));
    }
    return before.getLast();
  }

  @Test
  void aClosureIsThereInOrder() throws Exception {
    StorePath root = hundred();
    Outcome outcome = realise(Way.DIRECT_WHERE_ALLOWED, Scope.CLOSURES, root);
    assertThat(outcome.realised()).isEqualTo(100).isEqualTo(realised.size());
    for (StorePath path : realised) {
      List<StorePath> so = realised.subList(0, realised.indexOf(path) + 1);
      assertThat(so).containsAll(objects.info(path).references());
    }
    requireSound(100);
    assertThat(realise(Way.DIRECT_WHERE_ALLOWED, Scope.CLOSURES, root))
        .isEqualTo(new Outcome(0, 100, 0, 0));
  }

  @Test
  void theDaemonTakesTheSame() throws Exception {
    StorePath root = hundred();
    assertThat(realise(Way.DAEMON, Scope.CLOSURES, root).realised()).isEqualTo(100);
    requireSound(100);
  }

  @Test
  void theDaemonDecidesWhatItBelieves() throws Exception {
    client.with("require-sigs", "true");
    StorePath root = objects.make("unsigned", 10, List.of());
    try (NixDaemon daemon = client.startDaemon()) {
      String store = "unix:" + daemon.socket() + "?root=" + client.root();
      assertThatThrownBy(() -> realise(store, Way.DIRECT_WHERE_ALLOWED, Scope.CLOSURES, root))
          .isInstanceOf(DaemonException.class)
          .hasMessageContaining("signature");
    }
    requireSound(0);
  }

  @Test
  void aContentAddressIsRegistered() throws Exception {
    Path file = Files.writeString(scratch.resolve("text"), "text");
    String path = client.run("nix-store", "--add", file.toString()).line();
    PathInfo added = objects.take(client, path);
    assertThat(added.ca()).isPresent();
    client.run("nix-store", "--delete", path);
    StorePath root = objects.make("user", 10, List.of(added.path()));
    realise(Way.DIRECT_WHERE_ALLOWED, Scope.CLOSURES, root);
    requireSound(2);
    assertThat(client.run("nix", "path-info", "--sigs", path).text()).contains("ca:fixed:");
  }

  @Test
  void nothingIsRegisteredThatIsNotAsItWasPromised() throws Exception {
    StorePath below = objects.make("below", 10, List.of());
    StorePath root = objects.make("root", MEGABYTE, List.of(below));
    objects.lieOf(root);
    assertThatThrownBy(() -> realise(Way.DIRECT_WHERE_ALLOWED, Scope.CLOSURES, root))
        .isInstanceOf(IntegrityException.class)
        .hasMessageContaining(root.baseName());
    assertThatThrownBy(() -> realise(Way.DAEMON, Scope.CLOSURES, root))
        .isInstanceOf(DaemonException.class)
        .hasMessageContaining("hash mismatch");
    assertThat(realised).doesNotContain(root);
    assertThat(client.attempt("nix-store", "--check-validity", "/nix/store/" + root.baseName()))
        .extracting(Completed::status)
        .isNotEqualTo(0);
    // Nix's daemon leaves its half where it was; it is replaced when the truth is told.
    objects.tellTheTruth();
    realise(Way.DIRECT_WHERE_ALLOWED, Scope.CLOSURES, root);
    requireSound(2);
  }

  @Test
  void whatIsWrongComesOnceMoreAndChecked() throws Exception {
    StorePath root = objects.make("root", MEGABYTE, List.of());
    objects.lieOf(root, Form.UNCHECKED);
    assertThat(realise(Way.SYNCED_WHERE_ALLOWED, Scope.CLOSURES, root).realised()).isEqualTo(1);
    requireSound(1);
  }

  @Test
  void whatWasWholeBeforeAnotherFailedIsRegistered() throws Exception {
    StorePath first = objects.make("first", 10, List.of());
    StorePath second = objects.make("second", 10, List.of());
    StorePath wrong = objects.make("wrong", MEGABYTE, List.of());
    objects.lieOf(wrong);
    // The first is registered at once; the second would wait for more.
    objects.after(second, () -> realised.contains(first));
    objects.after(wrong, () -> Files.exists(client.physical("/nix/store/" + second.baseName())));
    assertThatThrownBy(() -> realise(Way.DIRECT_WHERE_ALLOWED, Scope.PATHS, first, second, wrong))
        .isInstanceOf(IntegrityException.class);
    assertThat(realised).containsExactly(first, second);
    requireSound(2);
  }

  @Test
  void whatNobodyHasIsSaidBeforeAnythingIsDone() throws Exception {
    StorePath gone = objects.make("gone", 10, List.of());
    StorePath root = objects.make("root", 10, List.of(gone));
    assertThatThrownBy(() -> realise(Way.DIRECT_WHERE_ALLOWED, Scope.PATHS, root))
        .isInstanceOf(AbsentException.class)
        .hasMessageContaining(gone.baseName())
        .hasMessageContaining("-r");
    objects.forget(gone);
    assertThatThrownBy(() -> realise(Way.DIRECT_WHERE_ALLOWED, Scope.CLOSURES, root))
        .isInstanceOf(AbsentException.class)
        .hasMessageContaining("nobody has " + gone);
    assertThatThrownBy(() -> realise("none", Way.DIRECT_WHERE_ALLOWED, Scope.PATHS, root))
        .isInstanceOf(ConfigException.class);
    requireSound(0);
  }

  @Test
  void aCycleIsSaidBeforeAnythingIsDone() throws Exception {
    StorePath below = objects.make("below", 10, List.of());
    StorePath middle = objects.make("middle", 10, List.of(below));
    StorePath root = objects.make("root", 10, List.of(middle));
    objects.change(
        PathInfo.of(
            below, objects.info(below).narHash(), objects.info(below).narSize(), List.of(root)));
    assertThatThrownBy(() -> realise(Way.DIRECT_WHERE_ALLOWED, Scope.CLOSURES, root))
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining("refer to each other");
    requireSound(0);
  }

  @Test
  void signaturesThatWereMissedAreAddedTheNextTime() throws Exception {
    StorePath root = objects.make("root", 10, List.of());
    realise(Way.DIRECT_WHERE_ALLOWED, Scope.PATHS, root);
    Signature late = new Signature("late-1", Bytes.owning(new byte[64]));
    objects.change(objects.info(root).withSignatures(List.of(late)));
    assertThat(realise(Way.DIRECT_WHERE_ALLOWED, Scope.PATHS, root).realised()).isZero();
    String path = "/nix/store/" + root.baseName();
    assertThat(client.run("nix", "path-info", "--sigs", path).text()).contains(late.render());
  }

  @Test
  void aFullDiskIsSaidAndNothingIsLeft() throws Exception {
    assumeThat(System.getProperty("user.name")).isEqualTo("root");
    Path store = client.physical("/nix/store");
    run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", store.toString());
    try {
      StorePath root = objects.make("large", 4 * MEGABYTE, List.of());
      assertThatThrownBy(() -> realise(Way.DIRECT_WHERE_ALLOWED, Scope.CLOSURES, root))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("No space left on device");
      requireSound(0);
    } finally {
      run("umount", store.toString());
    }
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  /** So many paths are valid and as they should be, and nothing else is in the store. */
  private void requireSound(int paths) throws Exception {
    Completed verified = client.run("nix-store", "--verify", "--check-contents");
    assertThat(verified.text() + verified.stderr()).doesNotContain("modified", "disappeared");
    try (Stream<Path> files = Files.list(client.physical("/nix/store"))) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .filteredOn(name -> !name.startsWith("."))
          .hasSize(paths);
    }
  }
}
