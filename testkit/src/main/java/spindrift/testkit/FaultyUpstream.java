package spindrift.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * A binary cache over HTTP/1.1 that lies, stalls and dies as it is told: {@code
 * FaultyUpstream.over(folder).on("nar/").stallAfter(1000)}. It serves the files of a folder, which
 * is looked at afresh for each request. It listens on loopback only. Safe for use by several
 * threads.
 */
public final class FaultyUpstream implements AutoCloseable {
  private final Path folder;
  private final int port;
  private final List<UpstreamFault> faults = new CopyOnWriteArrayList<>();
  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private volatile Duration latency = Duration.ZERO;
  private volatile long seed;
  private volatile Run run;

  /**
   * A request that came.
   *
   * @param target as it was sent, with its query
   * @param head the lines behind the first one
   */
  public record Seen(String method, String target, List<String> head) {
    public Seen {
      head = List.copyOf(head);
    }

    /** The value of a field of the head. */
    public Optional<String> header(String name) {
      String start = name + ":";
      return head.stream()
          .filter(line -> line.regionMatches(true, 0, start, 0, start.length()))
          .map(line -> line.substring(start.length()).strip())
          .findFirst();
    }
  }

  /** From one start to the next stop. */
  private record Run(ServerSocket socket, Set<Socket> connections, CountDownLatch stopped) {}

  private FaultyUpstream(Path folder) throws IOException {
    this.folder = folder;
    this.run = listen(0);
    this.port = run.socket.getLocalPort();
    serve(run);
  }

  /** Serves a folder honestly, until told otherwise, on a free port; the caller closes it. */
  public static FaultyUpstream over(Path folder) throws IOException {
    return new FaultyUpstream(folder);
  }

  /** Where it is, without a slash at the end. */
  public String url() {
    return "http://127.0.0.1:" + port;
  }

  public int port() {
    return port;
  }

  /** Every answer, and every connection, takes so long on the way, there and back. */
  public FaultyUpstream latency(Duration thereAndBack) {
    latency = thereAndBack;
    return this;
  }

  /** What faults added from now on draw their chances from. */
  public FaultyUpstream seed(long number) {
    seed = number;
    return this;
  }

  /**
   * A fault for the requests whose path contains a text. Of several that concern a request the one
   * added last is taken.
   */
  public UpstreamFault on(String pattern) {
    UpstreamFault fault = new UpstreamFault(pattern, seed + faults.size());
    faults.addFirst(fault);
    return fault;
  }

  /** Is honest again. */
  public FaultyUpstream heal() {
    faults.clear();
    return this;
  }

  /** The requests that came, those under way included. */
  public List<Seen> seen() {
    return List.copyOf(seen);
  }

  /** How many requests came whose path contains a text. */
  public int requests(String pattern) {
    return (int) seen.stream().filter(request -> request.target.contains(pattern)).count();
  }

  /** How many connections there are now. */
  public int connections() {
    return run.connections.size();
  }

  /** Dies: resets all connections and takes no more. */
  public synchronized void down() {
    run.stopped.countDown();
    try {
      run.socket.close();
      for (Socket connection : run.connections) {
        FaultyConnection.reset(connection);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Is there again after {@link #down}, on the same port. */
  public synchronized void up() throws IOException {
    if (run.socket.isClosed()) {
      run = listen(port);
      serve(run);
    }
  }

  @Override
  public void close() {
    down();
  }

  UpstreamFault.Plan plan(Seen request) {
    seen.add(request);
    return faults.stream()
        .flatMap(fault -> fault.plan(request.target).stream())
        .findFirst()
        .orElse(UpstreamFault.Plan.HONEST);
  }

  Path folder() {
    return folder;
  }

  Duration latency() {
    return latency;
  }

  private static Run listen(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), 1000);
    return new Run(socket, ConcurrentHashMap.newKeySet(), new CountDownLatch(1));
  }

  private void serve(Run current) {
    Thread.ofVirtual().name("faulty-upstream").start(() -> accept(current));
  }

  private void accept(Run current) {
    try {
      while (true) {
        Socket connection = current.socket.accept();
        current.connections.add(connection);
        Thread.ofVirtual().start(() -> converse(connection, current));
      }
    } catch (IOException e) {
      // It is down.
    }
  }

  private void converse(Socket connection, Run current) {
    try (connection) {
      if (current.stopped.getCount() == 0) {
        FaultyConnection.reset(connection);
      } else {
        new FaultyConnection(this, connection, current.stopped).serve();
      }
    } catch (IOException e) {
      // The client is gone, or this is down.
    } finally {
      current.connections.remove(connection);
    }
  }
}
