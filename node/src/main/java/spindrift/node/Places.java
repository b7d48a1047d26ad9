package spindrift.node;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** So many of one kind at once; more wait, and are told after a while that they do so in vain. */
final class Places {
  private final String what;
  private final int most;
  private final Duration patience;
  private final Semaphore free;

  /**
   * @param what for people
   * @param patience how long one waits for a place
   */
  Places(String what, int most, Duration patience) {
    this.what = what;
    this.most = most;
    this.patience = patience;
    this.free = new Semaphore(most);
  }

  /** Takes a place, which the caller leaves. */
  void enter() throws IOException, InterruptedException {
    if (!free.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new IOException(
          "the node is busy: it has "
              + most
              + " "
              + what
              + " already; try again when one has ended");
    }
  }

  void leave() {
    free.release();
  }

  /** Waits until all have left; false when the time is over first. Nobody enters afterwards. */
  boolean awaitEmpty(Duration grace) throws InterruptedException {
    return free.tryAcquire(most, grace.toNanos(), TimeUnit.NANOSECONDS);
  }
}
