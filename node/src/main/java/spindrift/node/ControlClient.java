package spindrift.node;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import spindrift.base.AbsentException;
import spindrift.base.ConfigException;
import spindrift.base.Fault;
import spindrift.base.FaultException;
import spindrift.base.JsonObject;
import spindrift.base.MalformedDataException;
import spindrift.base.RefusedException;

/** Asks a running node; see {@link ControlServer} for the protocol. One request a connection. */
public final class ControlClient implements AutoCloseable {
  static final String FOLDER = "control";

  private final SocketChannel channel;
  private final InputStream in;
  private final ControlLines lines;

  private ControlClient(SocketChannel channel) {
    this.channel = channel;
    this.in = new BufferedInputStream(Channels.newInputStream(channel), 1 << 16);
    OutputStream out = Channels.newOutputStream(channel);
    this.lines = new ControlLines(in, out);
  }

  static Path socketIn(Path dataDirectory) {
    return dataDirectory.toAbsolutePath().resolve(FOLDER).resolve("socket");
  }

  /** Connects to the node that runs on a data directory; empty where none does. */
  public static Optional<ControlClient> connect(Path dataDirectory)
      throws IOException, ConfigException {
    Path socket = socketIn(dataDirectory);
    if (!Files.exists(socket)) {
      return Optional.empty();
    }
    try {
      return Optional.of(new ControlClient(SocketChannel.open(UnixDomainSocketAddress.of(socket))));
    } catch (ConnectException e) {
      return Optional.empty(); // left behind by a node that was killed
    } catch (IOException e) {
      throw new ConfigException(
          "data", dataDirectory.toString(), "a node runs there, but " + e.getMessage());
    }
  }

  /** Runs a command, telling the reporter of what it says meanwhile. */
  public JsonObject run(String command, JsonObject arguments, Reporter reporter)
      throws IOException, FaultException {
    lines.send(arguments.with("command", command));
    while (true) {
      JsonObject line;
      try {
        line = lines.read();
      } catch (EOFException e) {
        throw new IOException("the node stopped before it had answered", e);
      }
      Optional<JsonObject> progress = line.optionalObject("progress");
      if (progress.isPresent()) {
        JsonObject step = progress.get();
        reporter.report(step.whole("done"), step.whole("total"), step.text("what"));
        continue;
      }
      Optional<JsonObject> item = line.optionalObject("item");
      if (item.isPresent()) {
        reporter.item(item.get());
        continue;
      }
      Optional<JsonObject> error = line.optionalObject("error");
      if (error.isPresent()) {
        throw raise(error.get());
      }
      return line.object("result");
    }
  }

  /** What follows the result of {@link Operations#NAR}: that many bytes, fewer is a failure. */
  public InputStream bytes() {
    return in;
  }

  /**
   * What follows the result of {@link Operations#DELIVER}; reading fails with what the node says
   * where it cannot bring all.
   */
  public Delivered delivered() {
    return new Delivered(new Frames.Reader(in, lines));
  }

  /** A NAR on its way from the node. For one thread. */
  public static final class Delivered {
    private final Frames.Reader frames;

    Delivered(Frames.Reader frames) {
      this.frames = frames;
    }

    /** Tells of ranges, as {@link spindrift.base.RangedInput}, where they were asked for. */
    public InputStream bytes() {
      return frames;
    }

    /** Bytes that did not come over the network; 0 where that is not known. */
    public long localBytes() {
      try {
        boolean isRead = frames.last().isPresent() || frames.read() < 0;
        return isRead ? frames.last().orElseThrow().object("result").whole("localBytes") : 0;
      } catch (IOException | FaultException e) {
        return 0;
      }
    }
  }

  private static FaultException raise(JsonObject error) throws IOException, MalformedDataException {
    String message = error.text("message");
    Optional<String> fault = error.optionalText("fault");
    if (fault.isEmpty()) {
      throw new IOException(message);
    }
    return switch (Fault.valueOf(fault.get())) {
      case ABSENT -> new AbsentException(message);
      case CONFIG -> new ConfigException(message);
      case MALFORMED, INTEGRITY, PROTOCOL, LIMIT, REFUSED -> new RefusedException(message);
    };
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
