package spindrift.mount;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import spindrift.base.AbsentException;
import spindrift.base.FaultException;

/** A block on its way, which any number of readers wait for. */
final class Flight {
  private final CountDownLatch landed = new CountDownLatch(1);
  private volatile @Nullable Held held;
  private volatile String failure = "";

  void succeed(Held block) {
    held = block;
    landed.countDown();
  }

  void fail(String why) {
    failure = why;
    landed.countDown();
  }

  boolean isOver() {
    return landed.getCount() == 0;
  }

  /**
   * Waits for it.
   *
   * @throws AbsentException when it is not to be had
   * @throws IOException when it does not come in time
   */
  Held await(Duration patience) throws IOException, FaultException {
    try {
      if (!landed.await(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new IOException("nothing came for " + patience.toSeconds() + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the reader was interrupted");
    }
    Held block = held;
    if (block == null) {
      throw new AbsentException(failure);
    }
    return block;
  }
}
