package spindrift.p2p;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What has to be looked after from time to time, until it is closed. */
final class Housekeeping implements Runnable, AutoCloseable {
  /** Ours: how often. A network that comes back is to be used within seconds. */
  static final Duration EVERY = Duration.ofSeconds(1);

  private final Runnable regular;
  private final Runnable networkChanged;
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * @param regular each time
   * @param networkChanged when the machine's addresses are others than they were
   */
  Housekeeping(Runnable regular, Runnable networkChanged) {
    this.regular = regular;
    this.networkChanged = networkChanged;
  }

  @Override
  public void run() {
    Set<InetAddress> before = addresses();
    try {
      while (!closed.await(EVERY.toNanos(), TimeUnit.NANOSECONDS)) {
        regular.run();
        Set<InetAddress> now = addresses();
        if (!now.equals(before)) {
          before = now;
          networkChanged.run();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Set<InetAddress> addresses() {
    return new HashSet<>(TcpAddress.localAddresses());
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
