package spindrift.node;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import spindrift.base.FaultException;
import spindrift.blocks.GcMode;
import spindrift.catalog.Housekeeping;

/**
 * Collects garbage in the background when kept blocks have outgrown the quota: one collection at a
 * time, beside requests.
 */
final class QuotaKeeper implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(QuotaKeeper.class.getName());

  private final Housekeeping housekeeping;
  private final OptionalLong quota;
  private final Semaphore turn = new Semaphore(1);
  private volatile boolean closed;

  QuotaKeeper(Housekeeping housekeeping, OptionalLong quota) {
    this.housekeeping = housekeeping;
    this.quota = quota;
  }

  /** Looks whether the quota is kept, and starts to collect where it is not; returns at once. */
  void check() {
    if (quota.isEmpty() || !turn.tryAcquire()) {
      return;
    }
    if (closed) {
      turn.release();
      return;
    }
    Thread.ofPlatform().name("quota").daemon().start(this::collect);
  }

  private void collect() {
    try {
      if (housekeeping.isOver(quota.getAsLong())) {
        Housekeeping.Collected result =
            housekeeping.collect(quota, Housekeeping.Scope.OVER_QUOTA, GcMode.COLLECT);
        LOG.log(
            Level.INFO,
            "kept-quota evicted={0} freed={1}",
            result.evicted().size(),
            result.blocks().freedBytes());
      }
    } catch (IOException | FaultException e) {
      LOG.log(Level.WARNING, "keep-quota failed", e);
    } finally {
      turn.release();
    }
  }

  /** Waits for a collection that runs. */
  @Override
  public void close() {
    closed = true;
    turn.acquireUninterruptibly();
    turn.release();
  }
}
