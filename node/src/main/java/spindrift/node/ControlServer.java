package spindrift.node;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;
import spindrift.base.JsonObject;

/**
 * Answers commands on a Unix socket in a folder that only the owner of the node may enter.
 *
 * <p>A request is one line of JSON, {@code {"command": …}}. The answer is any number of lines
 * {@code {"progress": …}} and {@code {"item": …}}, and at the end {@code {"result": …}} or {@code
 * {"error": …}}. Behind the result of {@code nar} come as many bytes as its {@code narSize} says; a
 * connection that ends before is a failure. Behind the result of {@code deliver} come {@link
 * Frames}, whose line is another result or error. After {@code mount} both sides go on as {@link
 * MountConversation} has it.
 */
final class ControlServer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ControlServer.class.getName());

  /** Those that have a place, wait for one, or have asked nothing yet. */
  private static final int MAX_CONNECTIONS = 1024;

  /** Commands at once; a person types one at a time. */
  private static final int MAX_COMMANDS = 32;

  /** NARs on their way to commands; one asks for a dozen at once. */
  private static final int MAX_DELIVERIES = 64;

  /** Ours: each is a connection for as long as it is mounted. */
  private static final int MAX_MOUNTS = 256;

  /** How long commands may go on when the node stops; what they did until then is durable. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final ServerSocketChannel server;
  private final Path socket;
  private final Operations operations;
  private final Places commands = new Places("commands", MAX_COMMANDS, Duration.ofSeconds(20));
  private final Places deliveries =
      new Places("NARs on their way", MAX_DELIVERIES, Duration.ofMinutes(10));
  private final Places mounts = new Places("mounts", MAX_MOUNTS, Duration.ofSeconds(1));
  private final Semaphore connections = new Semaphore(MAX_CONNECTIONS);
  private final Set<SocketChannel> clients = ConcurrentHashMap.newKeySet();

  private ControlServer(ServerSocketChannel server, Path socket, Operations operations) {
    this.server = server;
    this.socket = socket;
    this.operations = operations;
  }

  /** Starts to listen; the data directory is locked by this process. */
  static ControlServer start(Path dataDirectory, Operations operations) throws IOException {
    Path socket = ControlClient.socketIn(dataDirectory);
    Path folder = dataDirectory.resolve(ControlClient.FOLDER);
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    Files.deleteIfExists(socket);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      server.close();
      throw new IOException(
          "cannot listen on " + socket + " (" + e.getMessage() + "); is the path too long?", e);
    }
    ControlServer control = new ControlServer(server, socket, operations);
    Thread.ofVirtual().name("control").start(control::accept);
    return control;
  }

  private void accept() {
    while (true) {
      try {
        SocketChannel client = server.accept();
        if (!connections.tryAcquire()) {
          client.close();
          continue;
        }
        clients.add(client);
        Thread.ofVirtual().name("control-client").start(() -> serve(client));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        LOG.log(Level.WARNING, "accept-control failed", e);
        return;
      }
    }
  }

  private void serve(SocketChannel client) {
    Optional<Places> entered = Optional.empty();
    try (client;
        InputStream in = new BufferedInputStream(Channels.newInputStream(client));
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(client), 1 << 16)) {
      ControlLines lines = new ControlLines(in, out);
      Optional<ByteSource> bytes = Optional.empty();
      try {
        JsonObject request = lines.read();
        Places places = placesOf(request.text("command"));
        places.enter();
        entered = Optional.of(places);
        bytes = answer(request, lines, out);
      } catch (FaultException e) {
        lines.write("error", JsonObject.of("fault", e.fault().name(), "message", e.getMessage()));
      } catch (IOException e) {
        lines.write("error", JsonObject.of("message", String.valueOf(e.getMessage())));
      } catch (InterruptedException e) {
        lines.write("error", JsonObject.of("message", "the node is stopping"));
      } catch (RuntimeException e) {
        lines.write("error", JsonObject.of("message", "the node failed; its log says why: " + e));
        throw e;
      }
      if (bytes.isPresent()) {
        // From here on an error can only be told by an early end.
        bytes.get().writeTo(ByteTarget.of(out), 0, bytes.get().size());
      }
    } catch (FaultException e) {
      LOG.log(Level.WARNING, "cannot send a NAR", e);
    } catch (IOException e) {
      // The command was interrupted by its user: nobody is left to tell.
      LOG.log(Level.DEBUG, "control-client gone", e);
    } catch (RuntimeException | Error e) {
      LOG.log(Level.ERROR, "control-client failed", e);
    } finally {
      clients.remove(client);
      entered.ifPresent(Places::leave);
      connections.release();
    }
  }

  private Places placesOf(String command) {
    return switch (command) {
      case MountConversation.COMMAND -> mounts;
      case Operations.DELIVER -> deliveries;
      default -> commands;
    };
  }

  /** Answers one request, save the bytes that follow the result. */
  private Optional<ByteSource> answer(JsonObject request, ControlLines lines, OutputStream out)
      throws IOException, FaultException, InterruptedException {
    String command = request.text("command");
    Reporter reporter = lines.reporter();
    if (command.equals(MountConversation.COMMAND)) {
      new MountConversation(lines, operations.mounts()).run();
      return Optional.empty();
    }
    if (command.equals(Operations.NAR)) {
      Operations.Nar nar = operations.nar(request);
      lines.write("result", nar.description());
      return Optional.of(nar.bytes());
    }
    if (command.equals(Operations.DELIVER)) {
      send(operations.delivery(request), lines, out);
      return Optional.empty();
    }
    JsonObject result = operations.run(command, request, reporter);
    lines.write("result", result);
    return Optional.empty();
  }

  /** The node does not wait for these when it stops: they end as their sources do. */
  private void send(Operations.Nar nar, ControlLines lines, OutputStream out) throws IOException {
    lines.write("result", nar.description());
    Frames.Writer frames = new Frames.Writer(out, nar.form());
    String kind = "result";
    JsonObject last;
    try {
      nar.bytes().writeTo(frames, 0, nar.bytes().size());
      last = operations.delivered(nar);
    } catch (IOException e) {
      kind = "error";
      last = JsonObject.of("message", String.valueOf(e.getMessage()));
    } catch (FaultException e) {
      kind = "error";
      last = JsonObject.of("fault", e.fault().name(), "message", String.valueOf(e.getMessage()));
    }
    frames.end();
    lines.write(kind, last);
  }

  /** Takes no more commands, and waits for those that run, since they use what closes next. */
  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(socket);
    for (SocketChannel client : clients) {
      hangUp(client);
    }
    try {
      if (!mounts.awaitEmpty(GRACE) || !commands.awaitEmpty(GRACE)) {
        LOG.log(Level.WARNING, "stop-control commands cut off");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** So that one that has asked nothing yet is not waited for. */
  private static void hangUp(SocketChannel client) {
    try {
      client.shutdownInput();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "control-client gone", e);
    }
  }
}
