package spindrift.compression;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import spindrift.base.LimitExceededException;

/**
 * Memory that requests of one kind share: each waits for its part of it, first come, first served.
 * Safe for use by several threads.
 */
public final class MemoryBudget {
  private static final int MIB = 1 << 20;

  /** A client of Nix waits five minutes for an answer; nothing is gained by holding on longer. */
  private static final long PATIENCE_SECONDS = 240;

  private final String what;
  private final int total;
  private final Semaphore free;

  /**
   * @param what is done with the memory, for messages
   * @param total MiB
   */
  public MemoryBudget(String what, int total) {
    this.what = what;
    this.total = total;
    this.free = new Semaphore(total, true);
  }

  /** A part of the budget, given back when closed; for one thread, and to be closed once. */
  @FunctionalInterface
  public interface Share extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Waits for a share.
   *
   * @param bytes rounded up to whole MiB
   * @throws LimitExceededException when that is more than all there is, or others keep it for long
   */
  public Share take(long bytes) throws IOException, LimitExceededException {
    if (bytes > (long) total * MIB) {
      throw new LimitExceededException("memory in MiB for " + what, total);
    }
    int permits = (int) ((bytes + MIB - 1) / MIB);
    try {
      if (!free.tryAcquire(permits, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new LimitExceededException("memory in MiB for all of " + what + " at once", total);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the node is stopping");
    }
    return () -> free.release(permits);
  }

  /** MiB that nobody has. */
  public int free() {
    return free.availablePermits();
  }
}
