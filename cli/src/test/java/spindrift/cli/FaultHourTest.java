package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.testkit.Completed;
import spindrift.testkit.Corpus;
import spindrift.testkit.FaultyUpstream;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/**
 * An hour of faults in short: stock Nix fills store after store through one node while its
 * upstreams die, lie and stall. Of the three one is sound at any time, never the same for long.
 *
 * <p>{@code -Dspindrift.faults.seconds} makes it longer, {@code -Dspindrift.faults.seed} another.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
final class FaultHourTest {
  private static final long SECONDS = Long.getLong("spindrift.faults.seconds", 100);
  private static final long SEED = Long.getLong("spindrift.faults.seed", 20_261_121);

  /** One upstream is sound for so long. */
  private static final Duration REIGN = Duration.ofSeconds(8);

  /** The next one is sound, too, before the last one falls. */
  private static final Duration OVERLAP = Duration.ofSeconds(1);

  /** Nothing that Nix does here takes a tenth of it, unless it hangs. */
  private static final Duration NO_HANG = Duration.ofSeconds(90);

  /** Ours: the node's heap is 256 MB. */
  private static final long MAX_RESIDENT_KB = 700_000;

  @TempDir private Path scratch;
  private final List<FaultyUpstream> upstreams = new ArrayList<>();
  private Process node;
  private String url;

  @BeforeEach
  void start() throws Exception {
    assumeThat(Corpus.missing()).as(Corpus.missing().orElse("")).isEmpty();
    assumeThat(RealNix.newest()).as("a real Nix").isPresent();
    NixClient nix = client("writer");
    for (String compression : List.of("none", "xz", "zstd")) {
      Path cache = scratch.resolve(compression);
      nix.runOn(
          "local?root=" + Corpus.store(),
          "nix",
          "copy",
          "--to",
          "file://" + cache + "?compression=" + compression,
          Corpus.system());
      upstreams.add(FaultyUpstream.over(cache).seed(SEED));
    }
    launch();
  }

  private void launch() throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "up",
                "--data",
                scratch.resolve("data").toString(),
                "--store",
                "none",
                "--listen",
                "127.0.0.1:0",
                "--p2p-listen",
                "none",
                "--trusted-key",
                Corpus.key()));
    upstreams.forEach(upstream -> command.addAll(List.of("--upstream", upstream.url())));
    ProcessBuilder builder = Launched.spindrift(command.toArray(String[]::new));
    builder.command().add(1, "-Xmx256m");
    builder.redirectError(scratch.resolve("node.log").toFile());
    node = builder.start();
    BufferedReader out = node.inputReader();
    url =
        Arrays.stream(Launched.readyLine(out).split(" "))
            .filter(word -> word.startsWith("http="))
            .findFirst()
            .orElseThrow()
            .substring("http=".length());
  }

  @AfterEach
  void stop() throws Exception {
    upstreams.forEach(FaultyUpstream::close);
    if (node != null) {
      node.destroy();
      node.waitFor(20, TimeUnit.SECONDS);
      node.destroyForcibly();
    }
  }

  private NixClient client(String name) throws IOException {
    return RealNix.newest().orElseThrow().client(Files.createDirectories(scratch.resolve(name)));
  }

  @Test
  void noBuildFailsThatHadASoundSource() throws Exception {
    Map<String, String> expected = hashes(client("expected"), "local?root=" + Corpus.store());
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    Thread faults = Thread.ofPlatform().name("faults").start(() -> makeFaults(until));
    int stores = 0;
    while (System.nanoTime() < until) {
      NixClient nix = client("client-" + stores);
      nix.with("substituters", url)
          .with("require-sigs", "true")
          .with("trusted-public-keys", Corpus.key())
          .with("narinfo-cache-negative-ttl", "0");
      long start = System.nanoTime();
      Completed done = nix.attempt("nix-store", "-r", Corpus.system());
      assertThat(done.status())
          .as("store %d: %s%n%s", stores, done.stderr(), tail(scratch.resolve("node.log")))
          .isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).as("a hang").isLessThan(NO_HANG);
      assertThat(hashes(nix, nix.storeUri())).isEqualTo(expected);
      stores++;
    }
    faults.join();
    assertThat(stores).as("stores that were filled").isGreaterThan(1);
    assertThat(resident()).as("kB resident").isLessThan(MAX_RESIDENT_KB);
    assertThat(node.isAlive()).isTrue();
  }

  private static String tail(Path log) throws IOException {
    List<String> lines = Files.readAllLines(log);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
  }

  private static Map<String, String> hashes(NixClient nix, String store) throws Exception {
    List<String> paths = nix.runOn(store, "nix-store", "-qR", Corpus.system()).lines();
    List<String> query = new ArrayList<>(List.of("-q", "--hash"));
    query.addAll(paths);
    List<String> hashes = nix.runOn(store, "nix-store", query.toArray(String[]::new)).lines();
    Map<String, String> found = new TreeMap<>();
    for (int i = 0; i < paths.size(); i++) {
      found.put(paths.get(i), hashes.get(i));
    }
    return found;
  }

  private long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + node.pid() + "/status")).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  private void makeFaults(long until) {
    Random random = new Random(SEED);
    int sound = 0;
    while (System.nanoTime() < until) {
      int next = (sound + 1 + random.nextInt(upstreams.size() - 1)) % upstreams.size();
      for (int i = 0; i < upstreams.size(); i++) {
        if (i != sound) {
          spoil(upstreams.get(i), random);
        }
      }
      pause(REIGN);
      mend(upstreams.get(next));
      pause(OVERLAP);
      sound = next;
    }
    upstreams.forEach(FaultHourTest::mend);
  }

  private static void pause(Duration time) {
    LockSupport.parkNanos(time.toNanos());
  }

  private static void mend(FaultyUpstream upstream) {
    upstream.heal();
    try {
      upstream.up();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Bytes that are wrong are those of narinfos and of small NARs; see the page on upstreams. */
  private static void spoil(FaultyUpstream upstream, Random random) {
    mend(upstream);
    switch (random.nextInt(14)) {
      case 0 -> upstream.down();
      case 1 -> upstream.on("").silence();
      case 2 -> upstream.on("nar/").stallSomewhere();
      case 3 -> upstream.on("nar/").truncateSomewhere();
      case 4 -> upstream.on("nar/").resetSomewhere();
      case 5 -> upstream.on("nar/").drip(20_000);
      case 6 -> upstream.on("nar/").lengthOffBy(1000);
      case 7 -> upstream.on("nar/").status(500);
      case 8 -> upstream.on("nar/").status(404);
      case 9 -> upstream.on("").busy(429, "3600");
      case 10 -> upstream.on("").captivePortal();
      case 11 -> upstream.on("narinfo").corruptSomewhere();
      case 12 -> upstream.on("").redirect(302, upstream.url() + "/round");
      default -> upstream.on("nar/").corruptSomewhere();
    }
  }
}
