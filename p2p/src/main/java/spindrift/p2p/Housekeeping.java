package spindrift.p2p;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What has to be looked after from time to time, until it is closed. */
final class Housekeeping implements Runnable, AutoCloseable {
  /** Ours: how often. A network that comes back is to be used within seconds. */
  static final Duration EVERY = Duration.ofSeconds(1);

  private final Supplier<List<InetAddress>> addresses;
  private final Runnable regular;
  private final Runnable networkChanged;
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * @param addresses of the machine, now
   * @param regular each time
   * @param networkChanged when the addresses are others than they were
   */
  Housekeeping(Supplier<List<InetAddress>> addresses, Runnable regular, Runnable networkChanged) {
    this.addresses = addresses;
    this.regular = regular;
    this.networkChanged = networkChanged;
  }

  @Override
  public void run() {
    Set<InetAddress> before = Set.copyOf(addresses.get());
    try {
      while (!closed.await(EVERY.toNanos(), TimeUnit.NANOSECONDS)) {
        regular.run();
        Set<InetAddress> now = Set.copyOf(addresses.get());
        if (!now.equals(before)) {
          before = now;
          networkChanged.run();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
