package spindrift.testkit;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;

/**
 * A peer of {@code tools/helia} or {@code tools/boxo}; {@code tools/README.md} says its language.
 */
public final class ScriptedPeer implements OtherPeer {
  /** A protocol that it speaks: what comes on a stream goes back, until its end. */
  public static final String ECHO = "/spindrift-test/echo/1.0.0";

  private final LineProcess process;
  private final Set<String> arrived;
  private final String peerId;
  private final List<String> addresses;

  private ScriptedPeer(LineProcess process, Set<String> arrived, JsonObject ready)
      throws FaultException {
    this.process = process;
    this.arrived = arrived;
    this.peerId = ready.text("peer");
    this.addresses = texts(ready, "addresses");
  }

  /**
   * Starts one of {@link PeerProgram#SCRIPTED}; it listens when this returns. The caller closes it.
   */
  public static ScriptedPeer start(PeerProgram program, PeerSettings settings) throws IOException {
    Files.createDirectories(settings.scratch());
    List<String> command = new ArrayList<>(settings.prefix());
    command.addAll(program.command());
    command.addAll(List.of("--listen", settings.listen(), "--security", settings.security()));
    if (settings.mdns()) {
      command.add("--mdns");
    }
    Set<String> arrived = new HashSet<>();
    Path log = settings.scratch().resolve("peer.log");
    LineProcess process =
        LineProcess.start(new ProcessBuilder(command), log, event -> note(event, arrived));
    try {
      return new ScriptedPeer(process, arrived, process.awaitReady());
    } catch (IOException | FaultException e) {
      process.close();
      throw new IOException(program + " did not start; see " + log, e);
    }
  }

  private static void note(JsonObject event, Set<String> arrived) {
    try {
      if (event.text("event").equals("block")) {
        synchronized (arrived) {
          arrived.add(event.text("cid"));
          arrived.notifyAll();
        }
      }
    } catch (FaultException e) {
      throw new IllegalStateException("an event without a name: " + event, e);
    }
  }

  private JsonObject ask(String what, Object... fields) throws IOException {
    return process.ask(LIMIT_SECONDS, what, fields);
  }

  private static List<String> texts(JsonObject answer, String name) throws FaultException {
    List<String> texts = new ArrayList<>();
    for (JsonValue item : answer.items(name)) {
      texts.add(Json.asText(item));
    }
    return List.copyOf(texts);
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
    ask("connect", "address", multiaddr);
  }

  @Override
  public void disconnect(String other) throws IOException {
    ask("disconnect", "peer", other);
  }

  @Override
  public List<String> peers() throws IOException {
    List<String> ids = new ArrayList<>();
    for (JsonObject connection : connections()) {
      ids.add(LineProcess.read(connection, known -> known.text("peer")));
    }
    return ids;
  }

  /**
   * What it knows of each connection: {@code peer}, {@code address}, {@code agent}, {@code
   * protocols}, {@code security}, {@code muxer}.
   */
  public List<JsonObject> connections() throws IOException {
    return LineProcess.read(
        ask("peers"),
        answer -> {
          List<JsonObject> connections = new ArrayList<>();
          for (JsonValue item : answer.items("peers")) {
            connections.add(Json.asObject(item));
          }
          return connections;
        });
  }

  /** Has a peer answer a ping of libp2p. */
  public void ping(String other) throws IOException {
    ask("ping", "peer", other);
  }

  /**
   * Sends random bytes to a peer that speaks {@link #ECHO}, reads them back at the same time and
   * compares.
   */
  public void echo(String other, long bytes) throws IOException {
    ask("echo", "peer", other, "bytes", bytes);
  }

  @Override
  public String add(Path file, String chunker) throws IOException {
    JsonObject answer = ask("add", "path", file.toString(), "chunker", chunker);
    return LineProcess.read(answer, added -> added.text("cid"));
  }

  @Override
  public String put(Bytes block) throws IOException {
    JsonObject answer = ask("put", "data", Base64.getEncoder().encodeToString(block.toArray()));
    return LineProcess.read(answer, put -> put.text("cid"));
  }

  @Override
  public boolean has(String cid) throws IOException {
    return LineProcess.read(ask("has", "cid", cid), answer -> answer.truth("has"));
  }

  @Override
  public Bytes block(String cid, int limitSeconds) throws IOException {
    JsonObject answer = process.ask(limitSeconds, "block", "cid", cid);
    String data = LineProcess.read(answer, block -> block.text("data"));
    return Bytes.owning(Base64.getDecoder().decode(data));
  }

  @Override
  public void want(String cid) throws IOException {
    ask("want", "cid", cid);
  }

  @Override
  public void awaitBlock(String cid) throws IOException {
    long deadline = System.nanoTime() + Duration.ofSeconds(LIMIT_SECONDS).toNanos();
    synchronized (arrived) {
      while (!arrived.contains(cid)) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          throw new IOException("the block did not come: " + cid);
        }
        try {
          arrived.wait(left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
      }
    }
  }

  @Override
  public void cat(String cid, Path to) throws IOException {
    ask("cat", "cid", cid, "to", to.toString());
  }

  @Override
  public void get(String cid, Path to) throws IOException {
    ask("get", "cid", cid, "to", to.toString());
  }

  @Override
  public void close() throws IOException {
    process.close();
  }
}
