package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.JsonObject;
import spindrift.testkit.Corpus;
import spindrift.testkit.Lan;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/** Machines that know nothing of each other, on one network, with real Nix and no way out. */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
final class LanTest {
  /** A system of 46 MB takes four seconds. */
  private static final Lan.Cable SLOW = Lan.Cable.of("100mbit", 0, 0);

  @TempDir private Path scratch;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private Lan lan;

  @BeforeEach
  void connectMachines() throws Exception {
    assumeThat(Lan.missing()).isEmpty();
    assumeThat(Corpus.missing()).isEmpty();
    assumeThat(RealNix.newest()).as("a real Nix").isPresent();
    lan = opened(Lan.open(scratch));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  private <T extends AutoCloseable> T opened(T one) {
    opened.add(one);
    return one;
  }

  private LanNode node(String name, Lan.Cable cable, String... closures) throws Exception {
    Path folder = Files.createDirectory(scratch.resolve(name));
    return opened(LanNode.start(lan.machine(cable), folder, List.of(closures)));
  }

  private LanNode node(String name, String... closures) throws Exception {
    return node(name, Lan.Cable.PERFECT, closures);
  }

  /** Substitutes a path, and checks every byte of what came. */
  private static void realise(LanNode node, String path) throws Exception {
    node.attempt("nix-store", "-r", path).expectSuccess();
    checkClosure(node, path);
  }

  private static void checkClosure(LanNode node, String path) throws Exception {
    node.nix().run("nix-store", "--verify", "--check-contents");
    assertThat(hashes(node.nix(), node.nix().storeUri(), path))
        .isEqualTo(hashes(node.nix(), "local?root=" + Corpus.store(), path));
  }

  private static Map<String, String> hashes(NixClient nix, String store, String path)
      throws Exception {
    Map<String, String> hashes = new TreeMap<>();
    for (String one : nix.runOn(store, "nix-store", "-qR", path).lines()) {
      hashes.put(one, nix.runOn(store, "nix-store", "-q", "--hash", one).line());
    }
    return hashes;
  }

  private static String hashPart(String path) {
    return path.substring("/nix/store/".length(), "/nix/store/".length() + 32);
  }

  @Test
  void theSecondMachineGetsAClosureFromTheFirst() throws Exception {
    LanNode first = node("first", Corpus.system());
    LanNode second = node("second");

    realise(second, Corpus.system());
    assertThat(second.received()).isPositive();

    // And hands it on, when the first has gone.
    first.close();
    LanNode third = node("third");
    realise(third, Corpus.system());
  }

  @Test
  void whatWasRegisteredAMomentAgoIsShared() throws Exception {
    LanNode first = node("first");
    LanNode second = node("second");
    second.awaitPeers(1);
    assertThat(second.attempt("nix-store", "-r", Corpus.system()).status()).isNotZero();

    first
        .nix()
        .runOn(
            "",
            "nix",
            "copy",
            "--from",
            "local?root=" + Corpus.store(),
            "--to",
            first.nix().storeUri(),
            Corpus.system());
    LanNode.await(
        "the answer 'absent' is forgotten",
        () -> !second.http("/" + hashPart(Corpus.system()) + ".narinfo").isEmpty());
    realise(second, Corpus.system());
  }

  @Test
  void privatePathsNeverCross() throws Exception {
    LanNode first = node("first", Corpus.system());
    Path secret = Files.writeString(scratch.resolve("secret"), "x".repeat(100_000));
    String path = first.nix().run("nix-store", "--add", secret.toString()).line();
    assertThat(first.http("/" + hashPart(path) + ".narinfo")).as("its owner has it").isNotEmpty();
    LanNode second = node("second");
    second.awaitPeers(1);

    assertThat(second.http("/" + hashPart(Corpus.system()) + ".narinfo")).isNotEmpty();
    assertThat(second.http("/" + hashPart(path) + ".narinfo")).isEmpty();
    assertThat(second.attempt("nix-store", "-r", path).status()).isNotZero();
  }

  @Test
  void aCableIsPulledHalfWayAndPluggedIn() throws Exception {
    LanNode first = node("first", SLOW, Corpus.system());
    LanNode second = node("second");
    second.awaitPeers(1);
    Process substituting = start(second, Corpus.system());

    LanNode.await("some of it came", () -> second.received() > 8_000_000);
    first.machine().pull();
    awaitSilence(second);
    assertThat(substituting.isAlive()).as("it waits").isTrue();
    first.machine().plug();

    expectDone(substituting, second);
    checkClosure(second, Corpus.system());
  }

  @Test
  void anotherSourceTakesOverWhenOneDies() throws Exception {
    LanNode first = node("first", SLOW, Corpus.system());
    LanNode other = node("other", SLOW, Corpus.system());
    LanNode second = node("second");
    second.awaitPeers(2);
    Process substituting = start(second, Corpus.system());

    LanNode.await("some of it came", () -> second.received() > 8_000_000);
    first.kill();

    expectDone(substituting, second);
    checkClosure(second, Corpus.system());
    assertThat(other.peers()).isNotEmpty();
  }

  @Test
  void twoMachinesWithOneIdentityHarmNobody() throws Exception {
    LanNode first = node("first", Corpus.system());
    Path copied = Files.createDirectories(scratch.resolve("twin/data"));
    for (String name : List.of("identity")) {
      Files.copy(first.data().resolve(name), copied.resolve(name));
    }
    LanNode twin =
        opened(LanNode.start(lan.machine(), scratch.resolve("twin"), List.of(Corpus.system())));
    assertThat(twin.peerId()).isEqualTo(first.peerId());
    LanNode second = node("second");

    realise(second, Corpus.system());
  }

  @Test
  void framesThatGetLostAreMadeUpFor() throws Exception {
    node("first", Lan.Cable.of("200mbit", 2, 2), Corpus.system());
    LanNode second = node("second");
    second.awaitPeers(1);
    realise(second, Corpus.system());
  }

  @Test
  void smallFramesThatComeTwiceAndOutOfOrderDoNoHarm() throws Exception {
    Lan.Cable cable = Lan.Cable.of("200mbit", 1, 0).withDuplicates(5);
    LanNode first = node("first", cable, Corpus.system());
    LanNode second = node("second");
    for (LanNode one : List.of(first, second)) {
      one.machine().run("ip", "link", "set", "eth0", "mtu", "1280").expectSuccess();
    }
    second.awaitPeers(1);
    realise(second, Corpus.system());
  }

  /** Its machine goes on, and so its connections stay; its node says nothing any more. */
  @Test
  void anotherSourceTakesOverWhenOneStalls() throws Exception {
    LanNode first = node("first", SLOW, Corpus.system());
    LanNode other = node("other", SLOW, Corpus.system());
    LanNode second = node("second");
    second.awaitPeers(2);
    Process substituting = start(second, Corpus.system());

    LanNode.await("some of it came", () -> second.received() > 8_000_000);
    first.signal("STOP");
    expectDone(substituting, second);
    first.signal("CONT");
    checkClosure(second, Corpus.system());
    assertThat(receivedFrom(second, other)).isPositive();
  }

  @Test
  void aSlowSourceHoldsUpNoQuickOne() throws Exception {
    LanNode slow = node("slow", Lan.Cable.of("1mbit", 0, 0), Corpus.system());
    LanNode quick = node("quick", SLOW, Corpus.system());
    LanNode second = node("second");
    second.awaitPeers(2);
    realise(second, Corpus.system());
    // Had it lasted for half a minute, the slow one had brought more.
    assertThat(receivedFrom(second, quick)).isGreaterThan(10 * receivedFrom(second, slow));
  }

  private static long receivedFrom(LanNode node, LanNode peer) throws Exception {
    String id = peer.peerId();
    long bytes = 0;
    for (JsonObject one : node.peers()) {
      bytes += one.text("peer").equals(id) ? one.whole("blockBytesIn") : 0;
    }
    return bytes;
  }

  private Process start(LanNode node, String path) throws Exception {
    Process process =
        node.command("nix-store", "-r", path)
            .redirectErrorStream(true)
            .redirectOutput(scratch.resolve("nix.log").toFile())
            .start();
    opened.add(process::destroyForcibly);
    return process;
  }

  private void expectDone(Process substituting, LanNode node) throws Exception {
    assertThat(substituting.waitFor(120, TimeUnit.SECONDS)).as("Nix ends").isTrue();
    assertThat(substituting.exitValue()).as(() -> node.data() + " " + nixLog()).isZero();
  }

  private String nixLog() {
    try {
      return Files.readString(scratch.resolve("nix.log"));
    } catch (java.io.IOException e) {
      return e.toString();
    }
  }

  /** Waits until nothing has come for a second. */
  private static void awaitSilence(LanNode node) throws Exception {
    long[] last = {-1, System.nanoTime()};
    LanNode.await(
        "silence",
        () -> {
          long received = node.received();
          if (received != last[0]) {
            last[0] = received;
            last[1] = System.nanoTime();
          }
          return System.nanoTime() - last[1] > TimeUnit.SECONDS.toNanos(1);
        });
  }
}
