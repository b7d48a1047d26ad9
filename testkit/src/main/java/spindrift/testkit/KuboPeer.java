package spindrift.testkit;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;

/**
 * A Kubo daemon with a repository of its own: Kubo's profile for tests, which has no bootstrap
 * peers and listens on loopback only, and no routing, providing or HTTP on top of that.
 */
final class KuboPeer implements OtherPeer {
  private static final Duration START_LIMIT = Duration.ofSeconds(40);
  private static final int END_SECONDS = 10;

  /** Runs a command until its own input ends, so that it outlives nobody who started it. */
  private static final String LEASH = "\"$@\" & cat >/dev/null; kill $!; wait";

  private final Path program;
  private final PeerSettings settings;
  private final Path repository;
  private final Map<String, Process> wanted = new ConcurrentHashMap<>();
  private Optional<Process> daemon = Optional.empty();
  private String peerId = "";
  private List<String> addresses = List.of();

  private KuboPeer(Path program, PeerSettings settings) {
    this.program = program;
    this.settings = settings;
    this.repository = settings.scratch().resolve("repository");
  }

  static KuboPeer start(Path program, PeerSettings settings) throws IOException {
    KuboPeer peer = new KuboPeer(program, settings);
    try {
      peer.run("init", "--profile=test", "--empty-repo");
      peer.configure();
      peer.startDaemon();
      JsonObject id = Json.parseObject(peer.run("id").text());
      peer.peerId = id.text("ID");
      List<String> listens = new ArrayList<>();
      for (var address : id.items("Addresses")) {
        listens.add(Json.asText(address));
      }
      peer.addresses = List.copyOf(listens);
      return peer;
    } catch (IOException | FaultException | RuntimeException | AssertionError e) {
      peer.close();
      throw new IOException("Kubo did not start; see " + peer.log(), e);
    }
  }

  private void configure() throws IOException, FaultException {
    Path file = repository.resolve("config");
    JsonObject config = Json.parseObject(Files.readString(file));
    JsonObject addresses = config.object("Addresses").with("Swarm", List.of(settings.listen()));
    JsonObject security = JsonObject.EMPTY;
    List<String> chosen = List.of(settings.security().split(",", -1));
    for (String known : List.of("noise", "tls")) {
      String name = known.equals("tls") ? "TLS" : "Noise";
      int place = chosen.indexOf(known);
      security = place < 0 ? security.with(name, false) : security.with(name, 100 + place);
    }
    JsonObject transports =
        JsonObject.of(
            "Network", JsonObject.EMPTY, "Security", security, "Multiplexers", JsonObject.EMPTY);
    JsonObject mdns = JsonObject.of("MDNS", JsonObject.of("Enabled", settings.mdns()));
    Files.writeString(
        file,
        config
            .with("Addresses", addresses)
            .with("Swarm", config.object("Swarm").with("Transports", transports))
            .with("Discovery", mdns)
            .with("Routing", JsonObject.of("Type", "none"))
            .with("Provide", JsonObject.of("Enabled", false))
            .with("HTTPRetrieval", JsonObject.of("Enabled", false))
            .toString());
  }

  private void startDaemon() throws IOException {
    List<String> command = new ArrayList<>(settings.prefix());
    command.addAll(List.of("sh", "-c", LEASH, "sh", program.toString(), "daemon"));
    ProcessBuilder builder = environment(new ProcessBuilder(command));
    builder.redirectErrorStream(true).redirectOutput(log().toFile());
    Process started = builder.start();
    daemon = Optional.of(started);
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (!Files.readString(log()).contains("Daemon is ready")) {
      if (System.nanoTime() > deadline || ended(started, 50)) {
        throw new IOException("the daemon is not ready");
      }
    }
  }

  private Path log() {
    return settings.scratch().resolve("kubo.log");
  }

  private ProcessBuilder environment(ProcessBuilder builder) {
    builder.environment().put("IPFS_PATH", repository.toString());
    builder.environment().put("IPFS_TELEMETRY", "off");
    return builder;
  }

  private ProcessBuilder command(String... arguments) {
    List<String> command = new ArrayList<>(settings.prefix());
    command.add(program.toString());
    command.addAll(Arrays.asList(arguments));
    return environment(new ProcessBuilder(command));
  }

  private Completed run(String... arguments) throws IOException {
    return run(command(arguments));
  }

  private static Completed run(ProcessBuilder builder) throws IOException {
    Completed done = Completed.of(builder, Duration.ofSeconds(2 * LIMIT_SECONDS));
    if (done.status() != 0) {
      throw new IOException(String.join(" ", done.command()) + ": " + done.stderr().display());
    }
    return done;
  }

  private static String within(int seconds) {
    return "--timeout=" + seconds + "s";
  }

  @Override
  public String peerId() {
    return peerId;
  }

  @Override
  public List<String> addresses() {
    return addresses;
  }

  @Override
  public void connect(String multiaddr) throws IOException {
    run("swarm", "connect", within(LIMIT_SECONDS), multiaddr);
  }

  @Override
  public void disconnect(String other) throws IOException {
    run("swarm", "disconnect", "/p2p/" + other);
  }

  @Override
  public List<String> peers() throws IOException {
    return run("swarm", "peers").lines().stream()
        .filter(line -> !line.isEmpty())
        .map(line -> line.substring(line.lastIndexOf('/') + 1))
        .toList();
  }

  @Override
  public String add(Path file, String chunker) throws IOException {
    return run(
            "add",
            "-Q",
            "--pin=false",
            "--cid-version=1",
            "--raw-leaves",
            "--max-file-links=1024",
            "--chunker=" + chunker,
            file.toString())
        .line();
  }

  @Override
  public String put(Bytes block) throws IOException {
    Path file = Files.createTempFile(settings.scratch(), "block", "");
    Files.write(file, block.toArray());
    return run("block", "put", "--cid-codec=raw", file.toString()).line();
  }

  @Override
  public boolean has(String cid) throws IOException {
    return Completed.of(command("block", "stat", "--offline", cid), Completed.DEFAULT_LIMIT)
            .status()
        == 0;
  }

  @Override
  public Bytes block(String cid, int limitSeconds) throws IOException {
    return run("block", "get", within(limitSeconds), cid).stdout();
  }

  @Override
  public void want(String cid) throws IOException {
    ProcessBuilder builder = command("block", "get", within(LIMIT_SECONDS), cid);
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    wanted.put(cid, builder.start());
  }

  @Override
  public void awaitBlock(String cid) throws IOException {
    Process process = wanted.get(cid);
    if (process == null
        || !ended(process, TimeUnit.SECONDS.toMillis(LIMIT_SECONDS))
        || process.exitValue() != 0) {
      throw new IOException("the block did not come: " + cid);
    }
  }

  @Override
  public void cat(String cid, Path to) throws IOException {
    run(command("cat", within(LIMIT_SECONDS), cid).redirectOutput(to.toFile()));
  }

  @Override
  public void get(String cid, Path to) throws IOException {
    run("get", within(LIMIT_SECONDS), "--output=" + to, cid);
  }

  private static boolean ended(Process process, long millis) throws IOException {
    try {
      return process.waitFor(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }

  @Override
  public void close() throws IOException {
    wanted.values().forEach(Process::destroyForcibly);
    if (daemon.isPresent()) {
      Process leash = daemon.get();
      leash.outputWriter().close(); // the leash ends the daemon
      if (!ended(leash, TimeUnit.SECONDS.toMillis(END_SECONDS))) {
        leash.descendants().forEach(ProcessHandle::destroyForcibly);
        leash.destroyForcibly();
      }
    }
  }
}
