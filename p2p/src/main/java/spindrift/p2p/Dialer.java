package spindrift.p2p;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import spindrift.base.FaultException;

/** Makes connections with peers: one dial at a time for each of them, not too many in all. */
final class Dialer implements AutoCloseable {
  /** Ours: attempts of all dials that run at a time. */
  static final int MAX_ATTEMPTS = 64;

  /** Ours: for TCP alone. Whoever answers later than that is of no use to us. */
  static final Duration CONNECT_TIME = Duration.ofSeconds(10);

  private final Upgrader upgrader;
  private final HostThreads threads;
  private final DialBackoff backoff = new DialBackoff(System::nanoTime);
  private final Resolver resolver = new Resolver();
  private final Semaphore attempts = new Semaphore(MAX_ATTEMPTS);

  /** Dials that are under way; a latch opens when its dial has ended. */
  private final Map<PeerId, CountDownLatch> underWay = new ConcurrentHashMap<>();

  /** Looks for something that may be there by now. */
  interface Look {
    Optional<Connection> now();
  }

  /** Takes a connection in. */
  interface Admission {
    void admit(Connection connection) throws FaultException;
  }

  Dialer(Upgrader upgrader, HostThreads threads) {
    this.upgrader = upgrader;
    this.threads = threads;
  }

  DialBackoff backoff() {
    return backoff;
  }

  /**
   * A connection with a peer: the one that there is, or the one that comes of the dial which is
   * under way, or a new one.
   *
   * @param addresses to try, the best first; those that failed lately are left out
   */
  Connection connect(
      PeerId peer, Look existing, List<Multiaddr> addresses, Admission admission, Deadline deadline)
      throws IOException, FaultException, InterruptedException {
    while (true) {
      Optional<Connection> there = existing.now();
      if (there.isPresent()) {
        return there.get();
      }
      CountDownLatch ours = new CountDownLatch(1);
      CountDownLatch others = underWay.putIfAbsent(peer, ours);
      if (others == null) {
        try {
          return connect(Optional.of(peer), addresses, admission, deadline);
        } finally {
          underWay.remove(peer, ours);
          ours.countDown();
        }
      }
      if (!others.await(deadline.left().toNanos(), TimeUnit.NANOSECONDS)) {
        throw new SocketTimeoutException("no connection with " + peer + " in time");
      }
    }
  }

  /**
   * A new connection.
   *
   * @param expected nobody else is accepted; empty where anybody is
   */
  Connection connect(
      Optional<PeerId> expected, List<Multiaddr> addresses, Admission admission, Deadline deadline)
      throws IOException, FaultException, InterruptedException {
    List<Multiaddr> dialable =
        addresses.stream().filter(address -> address.tcp().isPresent()).toList();
    List<Multiaddr> allowed = dialable.stream().filter(backoff::allows).toList();
    if (allowed.isEmpty()) {
      throw new IOException(
          dialable.isEmpty()
              ? "no address that can be dialled"
              : "all addresses failed a short while ago");
    }
    Connection connection =
        new DialRace(
                resolver,
                target -> attempt(target, expected, deadline),
                task -> threads.startCancellable("dial", task),
                deadline)
            .run(allowed);
    admission.admit(connection);
    return connection;
  }

  private Connection attempt(DialRace.Target target, Optional<PeerId> expected, Deadline deadline)
      throws IOException, FaultException, InterruptedException {
    if (!attempts.tryAcquire(deadline.left().toNanos(), TimeUnit.NANOSECONDS)) {
      throw new SocketTimeoutException("no time left to dial " + target.address());
    }
    try {
      Wire wire = TcpWire.connect(target.endpoint(), deadline.within(CONNECT_TIME).left());
      Connection connection =
          upgrader.upgrade(
              wire,
              PeerInfo.Direction.OUTBOUND,
              TcpAddress.of(target.endpoint()),
              expected,
              deadline);
      backoff.forget(target.address());
      return connection;
    } catch (IOException | FaultException e) {
      if (!Thread.currentThread().isInterrupted()) {
        backoff.failed(target.address());
      }
      throw e;
    } finally {
      attempts.release();
    }
  }

  @Override
  public void close() {
    resolver.close();
  }
}
