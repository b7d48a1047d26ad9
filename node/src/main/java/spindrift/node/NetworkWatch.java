package spindrift.node;

import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import spindrift.p2p.Carriers;

/**
 * Notices that a network has come: a cable was plugged in, a laptop woke up, another router leads
 * out. Looks every few seconds, since Java is not told.
 */
final class NetworkWatch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(NetworkWatch.class.getName());

  /** Ours: looking takes well under a millisecond. */
  private static final Duration PERIOD = Duration.ofSeconds(2);

  private final Supplier<Set<String>> addresses;
  private final Runnable listener;
  private final CountDownLatch closed = new CountDownLatch(1);
  private Set<String> known;

  NetworkWatch(Supplier<Set<String>> addresses, Runnable listener) {
    this.addresses = addresses;
    this.listener = listener;
    this.known = addresses.get();
  }

  /** Calls the listener, which must not block, whenever an address or a default route comes. */
  static NetworkWatch start(Runnable listener) {
    NetworkWatch watch = new NetworkWatch(() -> usable(Carriers.OF_LINUX), listener);
    Thread.ofVirtual().name("network-watch").start(watch::run);
    return watch;
  }

  private void run() {
    try {
      while (!closed.await(PERIOD.toMillis(), TimeUnit.MILLISECONDS)) {
        look();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** For one thread at a time. */
  void look() {
    Set<String> now = addresses.get();
    if (!known.containsAll(now)) {
      LOG.log(Level.DEBUG, "network-changed addresses={0}", now);
      listener.run();
    }
    known = now;
  }

  /**
   * The addresses of interfaces that have a carrier, how often each got it, and the default routes.
   * A cable that is pulled and plugged in again between two looks shows in the second alone.
   */
  static Set<String> usable(Carriers carriers) {
    Set<String> usable = new HashSet<>(DefaultRoutes.OF_LINUX.read());
    try {
      for (NetworkInterface one : NetworkInterface.networkInterfaces().toList()) {
        if (one.isUp()) {
          one.inetAddresses().map(InetAddress::toString).forEach(usable::add);
          usable.add(one.getName() + " plugged in " + carriers.plugged(one.getName()));
        }
      }
    } catch (SocketException e) {
      // The interface went while it was looked at: the next look is right again.
      LOG.log(Level.DEBUG, "network-watch failed", e);
    }
    return usable;
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
