package spindrift.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.testkit.Completed;
import spindrift.testkit.Corpus;
import spindrift.testkit.Lan;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/**
 * A machine of a network as its owner set it up: Nix with a store of its own, one line in {@code
 * nix.conf} that names the node, and the key of the corpus where others have that of
 * cache.nixos.org; and a node that was told nothing of others.
 */
final class LanNode implements AutoCloseable {
  static final String URL = "http://127.0.0.1:7745";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final int END_SECONDS = 20;

  private final Lan.Machine machine;
  private final Path folder;
  private final NixClient nix;
  private Process process;

  private LanNode(Lan.Machine machine, Path folder, NixClient nix, Process process) {
    this.machine = machine;
    this.folder = folder;
    this.nix = nix;
    this.process = process;
  }

  /** A machine with an empty store. */
  static LanNode start(Lan.Machine machine, Path folder) throws Exception {
    return start(machine, folder, List.of());
  }

  /** A machine that has closures of the corpus. */
  static LanNode start(Lan.Machine machine, Path folder, List<String> closures) throws Exception {
    NixClient nix = RealNix.newest().orElseThrow().client(folder);
    nix.with("fsync-metadata", "false").with("narinfo-cache-negative-ttl", "0");
    nix.configure(
        "substituters = " + URL,
        "trusted-public-keys = " + Corpus.key(),
        "require-sigs = true",
        "connect-timeout = 10");
    nix.run("nix-store", "--init");
    if (!closures.isEmpty()) {
      List<String> copy = new ArrayList<>(List.of("copy", "--to", nix.storeUri()));
      copy.addAll(closures);
      nix.runOn("local?root=" + Corpus.store(), "nix", arguments("--from", copy));
    }
    return new LanNode(machine, folder, nix, launch(machine, folder, nix));
  }

  private static String[] arguments(String from, List<String> copy) {
    List<String> all = new ArrayList<>(copy);
    all.addAll(1, List.of(from, "local?root=" + Corpus.store()));
    return all.toArray(String[]::new);
  }

  private static Process launch(Lan.Machine machine, Path folder, NixClient nix)
      throws IOException {
    String store = nix.root().toString();
    String data = folder.resolve("data").toString();
    ProcessBuilder builder =
        Launched.spindrift("up", "--data", data, "--store", store, "--share-key", Corpus.key());
    builder.environment().put("NIX_CONF_DIR", nix.configuration().toString());
    builder.redirectError(ProcessBuilder.Redirect.appendTo(folder.resolve("node.log").toFile()));
    Process process = machine.on(builder).start();
    // Closed with the process; nothing more is said.
    BufferedReader out = process.inputReader();
    Launched.readyLine(out);
    return process;
  }

  NixClient nix() {
    return nix;
  }

  Lan.Machine machine() {
    return machine;
  }

  Path data() {
    return folder.resolve("data");
  }

  /** One of Nix's programs on this machine, not started. */
  ProcessBuilder command(String program, String... arguments) {
    return machine.on(nix.command(nix.storeUri(), program, arguments));
  }

  /** Runs one of Nix's programs on this machine, whatever its exit status. */
  Completed attempt(String program, String... arguments) throws IOException {
    return machine.run(nix.command(nix.storeUri(), program, arguments));
  }

  /** Asks the node as Nix would; the body, or empty where there is none. */
  String http(String path) throws IOException {
    return machine.run("curl", "--silent", "--fail", "--max-time", "20", URL + path).text();
  }

  /** What {@code spindrift} with {@code --json} says of this machine's node. */
  JsonObject ask(String... command) throws Exception {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of("--data", data().toString(), "--json"));
    return Ran.spindrift(all).expectSuccess().json();
  }

  List<JsonObject> peers() throws Exception {
    List<JsonObject> peers = new ArrayList<>();
    for (JsonValue item : ask("peers").items("items")) {
      peers.add(Json.asObject(item));
    }
    return peers;
  }

  /** Bytes of blocks that came from peers. */
  long received() throws Exception {
    long sum = 0;
    for (JsonObject peer : peers()) {
      sum += peer.whole("blockBytesIn");
    }
    return sum;
  }

  String peerId() throws Exception {
    return ask("id").text("peer");
  }

  /** Waits until something is so. */
  static void await(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited in vain: " + what);
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  /** Waits until it knows so many other nodes, and what they speak. */
  void awaitPeers(int count) throws Exception {
    await(count + " peers", () -> peers().stream().filter(LanNode::isIdentified).count() >= count);
  }

  /** How many of the peers that were listed have said what they speak. */
  static long identified(JsonObject peers) throws FaultException {
    long count = 0;
    for (JsonValue one : peers.items("items")) {
      count += isIdentified((JsonObject) one) ? 1 : 0;
    }
    return count;
  }

  private static boolean isIdentified(JsonObject peer) {
    try {
      return !peer.items("protocols").isEmpty();
    } catch (FaultException e) {
      throw new AssertionError(e);
    }
  }

  /** Sends the node's process a signal, such as {@code STOP}. */
  void signal(String name) throws IOException {
    machine.run("kill", "-" + name, Long.toString(process.pid())).expectSuccess();
  }

  /** Ends the node as a power cut would. */
  void kill() throws Exception {
    process.destroyForcibly().waitFor();
  }

  /** Ends the node as its owner would, and starts it again. */
  void restart() throws IOException {
    close();
    process = launch(machine, folder, nix);
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("the node did not end; see " + folder.resolve("node.log"));
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
