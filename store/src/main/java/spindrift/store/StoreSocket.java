package spindrift.store;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import spindrift.base.FaultException;

/**
 * A Unix socket on which an offered store looks to Nix like a daemon's: everything that reads is
 * answered, everything that would write is refused. Who may open the socket file may ask. Whoever
 * starts it closes it.
 */
public final class StoreSocket implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(StoreSocket.class.getName());

  /** Ours: each has 128 KiB of buffers; a run of Nix has one to a dozen connections. */
  static final int MAX_CONNECTIONS = 128;

  private final ServerSocketChannel server;
  private final Path file;
  private final OfferedStore store;
  private final Semaphore places = new Semaphore(MAX_CONNECTIONS);
  private final Set<SocketChannel> clients = ConcurrentHashMap.newKeySet();

  private StoreSocket(ServerSocketChannel server, Path file, OfferedStore store) {
    this.server = server;
    this.file = file;
    this.store = store;
  }

  /**
   * Listens from now on.
   *
   * @param file the socket; one that a killed process left is replaced, no other file
   */
  public static StoreSocket start(Path file, OfferedStore store) throws IOException {
    removeStale(file);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(file));
    } catch (IOException e) {
      server.close();
      throw new IOException("cannot listen on " + file + ": " + e.getMessage(), e);
    }
    StoreSocket socket = new StoreSocket(server, file, store);
    Thread.ofVirtual().name("store-socket").start(socket::accept);
    return socket;
  }

  private static void removeStale(Path file) throws IOException {
    if (!Files.exists(file) || Files.isRegularFile(file) || Files.isDirectory(file)) {
      return; // binding says what is wrong
    }
    try (SocketChannel other = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
      LOG.log(Level.DEBUG, "in-use file={0} open={1}", file, other.isOpen());
    } catch (IOException e) {
      Files.delete(file);
    }
  }

  private void accept() {
    while (true) {
      try {
        SocketChannel client = server.accept();
        if (!places.tryAcquire()) {
          client.close();
          continue;
        }
        clients.add(client);
        Thread.ofVirtual().name("store-client").start(() -> serve(client));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        LOG.log(Level.WARNING, "accept-store-client failed", e);
        return;
      }
    }
  }

  private void serve(SocketChannel client) {
    try (client) {
      ServedConnection connection = new ServedConnection(new DaemonEndpoint.SocketLink(client));
      ServedOperations operations = new ServedOperations(store, connection);
      OptionalLong operation = connection.nextOperation();
      while (operation.isPresent() && answer(connection, operations, operation.getAsLong())) {
        operation = connection.nextOperation();
      }
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "store-client gone why=\"{0}\"", e.getMessage());
    } catch (RuntimeException | Error e) {
      LOG.log(Level.ERROR, "store-client failed", e);
    } finally {
      clients.remove(client);
      places.release();
    }
  }

  /** Answers one operation; false when the connection cannot be used any more. */
  private static boolean answer(
      ServedConnection connection, ServedOperations operations, long operation)
      throws IOException, FaultException {
    try {
      operations.answer(operation);
      connection.flush();
      return true;
    } catch (ServedOperations.RefusedOperation e) {
      connection.fail(String.valueOf(e.getMessage()));
      return false; // what else the client said is not understood
    } catch (LostLinkException e) {
      throw e;
    } catch (IOException | FaultException e) {
      connection.fail(String.valueOf(e.getMessage()));
      return e instanceof DaemonException;
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(file);
    for (SocketChannel client : clients) {
      client.close();
    }
  }
}
