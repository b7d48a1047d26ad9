package spindrift.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.base.JsonObject;
import spindrift.node.ControlClient;
import spindrift.node.DataDirectory;
import spindrift.node.NodeConfig;
import spindrift.node.Operations;
import spindrift.node.Reporter;
import spindrift.node.SourcePipe;

/**
 * The node that a command asks: the one that runs, over its control socket, or none, and its data
 * directory is opened in this process. For one request.
 */
sealed interface NodeSession extends AutoCloseable {

  /** What to do when the data directory does not exist. */
  enum Absence {
    /** The command begins a new one. */
    CREATE,
    /** There is nothing to ask. */
    FAIL
  }

  /** Runs one of {@link Operations}. */
  JsonObject run(String command, JsonObject arguments, Reporter reporter)
      throws IOException, FaultException, InterruptedException;

  /** The NAR of the one path in {@code path}, not verified yet. */
  Nar nar(JsonObject arguments) throws IOException, FaultException, InterruptedException;

  @Override
  void close() throws IOException;

  /**
   * A NAR on its way; closing the session ends it.
   *
   * @param description with {@code path}, {@code narHash} and {@code narSize}
   */
  record Nar(JsonObject description, InputStream bytes) {}

  /**
   * Connects or opens.
   *
   * @param store the store that the user asked for in particular
   * @throws ConfigException also when a node runs there that has another store
   */
  static NodeSession open(NodeConfig config, Optional<String> store, Absence absence)
      throws IOException, FaultException {
    Optional<ControlClient> client = ControlClient.connect(config.data());
    if (client.isPresent()) {
      Running running = new Running(client.get());
      try {
        if (store.isPresent()) {
          requireSameStore(config);
        }
        return running;
      } catch (IOException | FaultException e) {
        running.close();
        throw e;
      }
    }
    if (absence == Absence.FAIL && !Files.isDirectory(config.data())) {
      throw new ConfigException(
          "data",
          config.data().toString(),
          "no such folder; 'spindrift up' or 'spindrift add' makes it, --data names another");
    }
    return new Opened(config);
  }

  private static void requireSameStore(NodeConfig config) throws IOException, FaultException {
    Optional<String> theirs;
    try (ControlClient client = ControlClient.connect(config.data()).orElseThrow()) {
      JsonObject status = client.run("status", JsonObject.EMPTY, NoReporter.NONE);
      theirs = status.optionalText("store");
    }
    if (!theirs.equals(DataDirectory.storeFiles(config).map(Path::toString))) {
      throw new ConfigException(
          "store",
          config.store(),
          "a node runs on "
              + config.data()
              + " with "
              + theirs.map(path -> "the store " + path).orElse("no store")
              + "; leave --store out, or stop the node");
    }
  }

  /** Over the control socket. */
  record Running(ControlClient client) implements NodeSession {
    @Override
    public JsonObject run(String command, JsonObject arguments, Reporter reporter)
        throws IOException, FaultException {
      return client.run(command, arguments, reporter);
    }

    @Override
    public Nar nar(JsonObject arguments) throws IOException, FaultException {
      JsonObject description = client.run(Operations.NAR, arguments, NoReporter.NONE);
      return new Nar(description, client.bytes());
    }

    @Override
    public void close() throws IOException {
      client.close();
    }
  }

  /** In this process. */
  final class Opened implements NodeSession {
    private final DataDirectory data;
    private final Operations operations;
    private Optional<SourcePipe> pipe = Optional.empty();

    Opened(NodeConfig config) throws IOException, FaultException {
      data = DataDirectory.open(config);
      operations = new Operations(data, config.quota());
    }

    @Override
    public JsonObject run(String command, JsonObject arguments, Reporter reporter)
        throws IOException, FaultException, InterruptedException {
      return operations.run(command, arguments, reporter);
    }

    @Override
    public Nar nar(JsonObject arguments) throws IOException, FaultException {
      Operations.Nar nar = operations.nar(arguments);
      SourcePipe opened = SourcePipe.open(nar.bytes());
      pipe = Optional.of(opened);
      return new Nar(nar.description(), opened);
    }

    @Override
    public void close() throws IOException {
      try (data) {
        if (pipe.isPresent()) {
          pipe.get().close();
        }
      }
    }
  }
}
