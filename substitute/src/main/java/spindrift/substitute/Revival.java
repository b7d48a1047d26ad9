package spindrift.substitute;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import spindrift.base.FaultException;
import spindrift.nix.CacheInfo;
import spindrift.substitute.ObservedHealth.Admission;
import spindrift.upstream.Upstream;

/**
 * Finds out whether upstreams are there: all of them at the start and when the network has changed,
 * so that the first look-up finds connections and need not wait for those that are dead; and from
 * time to time those that were given up. Whoever starts it closes it.
 */
final class Revival implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Revival.class.getName());

  /** Ours: how often it is looked whether a pause is over; the pauses are for the health to say. */
  private static final Duration PERIOD = Duration.ofSeconds(1);

  /** Ours: one that takes longer is of no use, and is tried again. */
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private static final String NAME = "nix-cache-info";

  private final List<Upstream> upstreams;
  private final ObservedHealth health;
  private final CountDownLatch closed = new CountDownLatch(1);

  Revival(List<Upstream> upstreams, ObservedHealth health) {
    this.upstreams = List.copyOf(upstreams);
    this.health = health;
  }

  /** Asks all, and from then on those that were given up. */
  void start() {
    greet();
    if (!upstreams.isEmpty()) {
      Thread.ofVirtual().name("revival").start(this::run);
    }
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

  /** Asks all that may be asked; does not wait. */
  void greet() {
    for (Upstream upstream : upstreams) {
      if (health.mayAsk(upstream.name())) {
        start(upstream);
      }
    }
  }

  /** Asks those that were given up and whose pauses are over; does not wait. */
  void look() {
    for (Upstream upstream : upstreams) {
      if (health.isOpen(upstream.name()) && health.admit(upstream.name()) == Admission.PROBE) {
        start(upstream);
      }
    }
  }

  private void start(Upstream upstream) {
    Thread.ofVirtual().name("greet").start(() -> ask(upstream));
  }

  private void ask(Upstream upstream) {
    long begun = System.nanoTime();
    try (ObservedHealth.Asked _ = health.asked(upstream.name())) {
      upstream.document(NAME, CacheInfo.MAX_SIZE, ANSWER);
      health.answered(upstream.name(), Duration.ofNanos(System.nanoTime() - begun));
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "no answer upstream={0} why={1}", upstream.name(), e.getMessage());
      health.failed(upstream.name(), e);
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "greeting an upstream failed", e);
    }
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
