package spindrift.store;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import spindrift.base.MalformedDataException;

/**
 * Connections to one daemon, kept for the next call. Each costs the daemon a process, so their
 * number is bounded and idle ones are closed. For any number of threads.
 */
final class ConnectionPool implements AutoCloseable {
  /** Ours: longer than the pauses within one run of Nix, shorter than those between two. */
  static final Duration IDLE_LIMIT = Duration.ofSeconds(60);

  private static final System.Logger LOG = System.getLogger(ConnectionPool.class.getName());

  private record Idle(DaemonConnection connection, long sinceNanos) {}

  private final DaemonEndpoint endpoint;
  private final Watchdog watchdog;
  private final Duration limit;
  private final Semaphore permits;
  private final Set<DaemonConnection> open = ConcurrentHashMap.newKeySet();

  /** Most recently used first; guarded by itself, as is {@link #closed}. */
  private final Deque<Idle> idle = new ArrayDeque<>();

  private boolean closed;

  /**
   * @param limit the deadline of each call, and of waiting for a connection
   */
  ConnectionPool(DaemonEndpoint endpoint, Watchdog watchdog, Duration limit, int maxConnections) {
    this.endpoint = endpoint;
    this.watchdog = watchdog;
    this.limit = limit;
    this.permits = new Semaphore(maxConnections, true);
    watchdog.every(IDLE_LIMIT.dividedBy(2), () -> closeIdle(IDLE_LIMIT));
  }

  /** A connection on which a first call has been answered, and which is the holder's alone. */
  final class Lease<T> implements AutoCloseable {
    private final DaemonConnection connection;
    private final T answer;
    private boolean reusable;

    private Lease(DaemonConnection connection, T answer) {
      this.connection = connection;
      this.answer = answer;
    }

    DaemonConnection connection() {
      return connection;
    }

    T answer() {
      return answer;
    }

    /** Says that all of the answer was read, so that the connection can serve again. */
    void keep() {
      reusable = true;
    }

    @Override
    public void close() {
      if (reusable) {
        giveBack(connection);
      } else {
        discard(connection);
      }
      permits.release();
    }
  }

  /**
   * Runs a call that may be made twice: when a connection that had been idle turns out to be dead,
   * it is made once more on a new one.
   */
  <T> T call(DaemonConnection.Exchange<T> exchange) throws IOException, MalformedDataException {
    try (Lease<T> lease = begin(exchange)) {
      lease.keep();
      return lease.answer();
    }
  }

  /** As {@link #call}, and leaves the connection to the caller, who closes the lease. */
  <T> Lease<T> begin(DaemonConnection.Exchange<T> exchange)
      throws IOException, MalformedDataException {
    acquire();
    Optional<Lease<T>> lease = Optional.empty();
    try {
      Optional<DaemonConnection> reused = takeIdle();
      if (reused.isPresent()) {
        lease = attemptReused(reused.get(), exchange);
      }
      if (lease.isEmpty()) {
        lease = Optional.of(attempt(connect(), exchange));
      }
      return lease.get();
    } finally {
      if (lease.isEmpty()) {
        permits.release();
      }
    }
  }

  /** A connection of its own, which does not count and which the caller closes. */
  DaemonConnection connect() throws IOException, MalformedDataException {
    synchronized (idle) {
      if (closed) {
        throw new IOException("the store is closed");
      }
    }
    DaemonConnection connection = DaemonConnection.open(endpoint, watchdog, limit);
    open.add(connection);
    synchronized (idle) {
      if (!closed) {
        return connection;
      }
    }
    discard(connection);
    throw new IOException("the store is closed");
  }

  /** Closes a connection, whatever its state. */
  void discard(DaemonConnection connection) {
    open.remove(connection);
    try {
      connection.close();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "close failed", e);
    }
  }

  /** Closes what has been idle for at least this long. */
  void closeIdle(Duration age) {
    while (true) {
      Idle oldest;
      synchronized (idle) {
        oldest = idle.peekLast();
        if (oldest == null || System.nanoTime() - oldest.sinceNanos < age.toNanos()) {
          return;
        }
        idle.removeLast();
      }
      discard(oldest.connection);
    }
  }

  /** Closes everything; calls that are under way fail. */
  @Override
  public void close() {
    synchronized (idle) {
      closed = true;
      idle.clear();
    }
    open.forEach(this::discard);
  }

  private <T> Optional<Lease<T>> attemptReused(
      DaemonConnection connection, DaemonConnection.Exchange<T> exchange)
      throws IOException, MalformedDataException {
    try {
      return Optional.of(attempt(connection, exchange));
    } catch (LostLinkException e) {
      LOG.log(Level.DEBUG, "reconnect reason={0}", e.getMessage());
      return Optional.empty();
    }
  }

  private <T> Lease<T> attempt(DaemonConnection connection, DaemonConnection.Exchange<T> exchange)
      throws IOException, MalformedDataException {
    boolean usable = false;
    boolean answered = false;
    try {
      T answer = connection.call(exchange);
      answered = true;
      return new Lease<>(connection, answer);
    } catch (DaemonException e) {
      usable = true;
      throw e;
    } finally {
      if (usable) {
        giveBack(connection);
      } else if (!answered) {
        discard(connection);
      }
    }
  }

  private Optional<DaemonConnection> takeIdle() {
    synchronized (idle) {
      return Optional.ofNullable(idle.pollFirst()).map(Idle::connection);
    }
  }

  private void giveBack(DaemonConnection connection) {
    synchronized (idle) {
      if (!closed) {
        idle.addFirst(new Idle(connection, System.nanoTime()));
        return;
      }
    }
    discard(connection);
  }

  private void acquire() throws IOException {
    try {
      if (!permits.tryAcquire(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException(endpoint + " is busy: no connection for " + limit.toMillis() + " ms");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }
}
