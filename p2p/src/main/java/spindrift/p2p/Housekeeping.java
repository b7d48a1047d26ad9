package spindrift.p2p;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What has to be looked after from time to time, until it is closed. */
final class Housekeeping implements Runnable, AutoCloseable {
  /** Ours: how often. A network that comes back is to be used within seconds. */
  static final Duration EVERY = Duration.ofSeconds(1);

  private final Supplier<Set<String>> links;
  private final Runnable regular;
  private final Runnable networkChanged;
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * @param links of the machine, now; see {@link TcpAddress#links}
   * @param regular each time
   * @param networkChanged when the links are others than they were
   */
  Housekeeping(Supplier<Set<String>> links, Runnable regular, Runnable networkChanged) {
    this.links = links;
    this.regular = regular;
    this.networkChanged = networkChanged;
  }

  @Override
  public void run() {
    Set<String> before = links.get();
    try {
      while (!closed.await(EVERY.toNanos(), TimeUnit.NANOSECONDS)) {
        regular.run();
        Set<String> now = links.get();
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
