package spindrift.p2p;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import spindrift.base.ProtocolViolationException;

/**
 * The sending half of a connection. Streams copy their frames into a batch while one thread writes
 * the batch before it, so that frames go out many at a time and nothing is copied twice. A stream
 * that finds the batch full queues; each gets room for one frame and queues again, so all streams
 * have equal shares. Frames that open windows or answer pings overtake the payload and never wait
 * for room, so the thread that reads never waits for the one that writes.
 */
final class YamuxWriter implements Runnable {
  /** Payload of a frame: what go-yamux sends at most; short enough for others to get their turn. */
  static final int LONGEST_FRAME = 64 << 10;

  /** Bytes of a batch: four Noise messages, each with as much as it can hold. */
  private static final int LARGEST_BATCH = 4 * 65519;

  /** Bytes of a batch on a slow path, where what overtakes has to wait for the batch before. */
  private static final int SMALLEST_BATCH = 16 << 10;

  /** Batches shrink when one takes longer to write, and grow when one takes less than a tenth. */
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** Payload worth waiting for more room for, so that no frame is cut into crumbs. */
  private static final int WORTHWHILE = 8 << 10;

  /** Payload that is taken at once where the rate is limited, so that streams share it evenly. */
  private static final int LIMITED_FRAME = 16 << 10;

  /**
   * Bytes of frames that overtake. Window updates are the most part and a stream never has more
   * than a few of them waiting; only a peer that does not read what it makes us send gets here.
   */
  private static final int MOST_URGENT = 128 << 10;

  /** What a window can be opened to: lengths have 32 bits. */
  private static final long MOST_OPEN = 0xffff_ffffL;

  private final SecureChannel channel;
  private final RateLimit upload;
  private final Consumer<IOException> failed;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final ArrayDeque<SendWindow> queue = new ArrayDeque<>();
  private YamuxBatch urgent = new YamuxBatch();
  private YamuxBatch filling = new YamuxBatch();
  private @Nullable YamuxBatch spare = new YamuxBatch();
  private int batchBytes = LARGEST_BATCH;
  private boolean idle;
  private boolean finishing;
  private long trimmedAt;

  private volatile long writingSince;
  private volatile boolean writing;
  private final AtomicLong bytesOut = new AtomicLong();

  /**
   * @param failed told, by any thread, when the connection cannot go on
   */
  YamuxWriter(SecureChannel channel, RateLimit upload, Consumer<IOException> failed) {
    this.channel = channel;
    this.upload = upload;
    this.failed = failed;
  }

  SendWindow window(int stream) {
    return new SendWindow(stream, lock.newCondition());
  }

  /** All bytes written, with framing. */
  long bytesOut() {
    return bytesOut.get();
  }

  /** For how long the write that is going on has been going on, in nanoseconds; 0 if none is. */
  long stuckFor() {
    long since = writingSince;
    return writing ? System.nanoTime() - since : 0;
  }

  /**
   * Takes at least one byte of payload, at most one frame; waits for window, rate and room.
   *
   * @return the number of bytes taken
   */
  int send(SendWindow window, byte[] source, int from, int count, long timeoutNanos)
      throws IOException {
    lock.lock();
    try {
      window.requireOpen();
      if (window.open == 0) {
        await(window, timeoutNanos, () -> window.open > 0);
      }
      int want = (int) Math.min(Math.min(count, longestFrame()), window.open);
      awaitRate(window, want);
      awaitRoom(window, want, timeoutNanos);
      int taken = Math.min(want, room());
      filling.data(window.stream, source, from, taken, LONGEST_FRAME);
      window.open -= taken;
      passTurn();
      wake();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  private int longestFrame() {
    return upload.limits() ? LIMITED_FRAME : LONGEST_FRAME;
  }

  private int room() {
    return batchBytes - filling.size() - YamuxFrame.HEAD;
  }

  private void awaitRate(SendWindow window, int want) throws IOException {
    long nanos = upload.reserve(want);
    if (nanos > 0) {
      boolean ignored = holds(window, nanos, () -> false);
    }
  }

  private void awaitRoom(SendWindow window, int want, long timeoutNanos) throws IOException {
    int enough = Math.min(want, WORTHWHILE);
    if (queue.isEmpty() && room() >= enough) {
      return;
    }
    queue.add(window);
    try {
      await(window, timeoutNanos, () -> queue.peek() == window && room() >= enough);
      queue.remove();
    } catch (IOException e) {
      queue.remove(window);
      passTurn();
      throw e;
    }
  }

  /** Lets the next in the queue look whether there is room for it. */
  private void passTurn() {
    SendWindow next = queue.peek();
    if (next != null && room() > 0) {
      next.changed.signalAll();
    }
  }

  private static void await(SendWindow window, long timeoutNanos, BooleanSupplier condition)
      throws IOException {
    if (!holds(window, timeoutNanos, condition)) {
      throw new SocketTimeoutException("the other side takes no more");
    }
  }

  /** Waits until a condition holds; false when it did not in time. */
  private static boolean holds(SendWindow window, long nanos, BooleanSupplier condition)
      throws IOException {
    long left = nanos;
    try {
      while (!condition.getAsBoolean()) {
        if (left <= 0) {
          return false;
        }
        left = window.changed.awaitNanos(left);
        window.requireOpen();
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted while writing").initCause(e);
    }
  }

  private void wake() {
    if (idle) {
      work.signal();
    }
  }

  /** Lets a stream send more. */
  void grant(SendWindow window, long delta) throws ProtocolViolationException {
    lock.lock();
    try {
      if (window.open + delta > MOST_OPEN) {
        throw new ProtocolViolationException(YamuxFrame.PROTOCOL, "a window beyond 32 bits");
      }
      window.open += delta;
      window.changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Ends our half after what was sent before; false if it has ended already. Never waits. */
  boolean closeWrite(SendWindow window) {
    lock.lock();
    try {
      if (window.closed || window.broken != null) {
        return false;
      }
      window.closed = true;
      window.changed.signalAll();
      inOrder(YamuxFrame.FIN, window.stream, 0);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Ends a stream and tells the other side, after what was sent before. Never waits. */
  void reset(SendWindow window, int reason, IOException cause) {
    lock.lock();
    try {
      fail(window, cause);
      inOrder(YamuxFrame.RST, window.stream, reason);
    } finally {
      lock.unlock();
    }
  }

  /** Ends our half without telling anybody. */
  void fail(SendWindow window, IOException cause) {
    lock.lock();
    try {
      if (window.broken == null) {
        window.broken = cause;
      }
      window.changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void inOrder(int flags, int stream, int length) {
    if (!finishing) {
      filling.frame(YamuxFrame.WINDOW_UPDATE, flags, stream, length);
      wake();
    }
  }

  /** Sends a frame before all payload. Never waits. */
  void overtake(int type, int flags, int stream, int length) {
    boolean full;
    lock.lock();
    try {
      full = urgent.size() > MOST_URGENT;
      if (!full && !finishing) {
        urgent.frame(type, flags, stream, length);
        wake();
      }
    } finally {
      lock.unlock();
    }
    if (full) {
      failed.accept(new IOException("the other side does not read what it asked for"));
    }
  }

  /** Says goodbye after all that was sent before, then closes the channel. Never waits. */
  void finish() {
    finish(YamuxFrame.NORMAL);
  }

  /** Says what the other side did and closes the channel; what was not sent is lost. */
  void accuse() {
    lock.lock();
    try {
      urgent.clear();
      filling.clear();
      finish(YamuxFrame.PROTOCOL_ERROR);
    } finally {
      lock.unlock();
    }
  }

  private void finish(int reason) {
    lock.lock();
    try {
      if (!finishing) {
        finishing = true;
        filling.frame(YamuxFrame.GO_AWAY, 0, YamuxFrame.CONNECTION, reason);
        wake();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Gives memory back that only a busy connection needs, if nothing was sent since last time. */
  void trim() {
    lock.lock();
    try {
      long sent = bytesOut.get();
      if (sent != trimmedAt) {
        trimmedAt = sent;
        return;
      }
      filling.shrink();
      if (spare != null) {
        spare.shrink();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Writes until told to finish; then the channel is closed. */
  @Override
  public void run() {
    try (channel) {
      YamuxBatch batch = next();
      while (batch != null) {
        write(batch);
        batch = next();
      }
    } catch (IOException e) {
      failed.accept(e);
    } catch (RuntimeException | Error e) {
      failed.accept(new IOException("a mistake in Yamux", e));
      throw e;
    } finally {
      writing = false;
    }
  }

  private void write(YamuxBatch batch) throws IOException {
    long start = System.nanoTime();
    writingSince = start;
    writing = true;
    channel.write(batch.bytes(), batch.start(), batch.size());
    writing = false;
    bytesOut.addAndGet(batch.size());
    recycle(batch, System.nanoTime() - start);
  }

  /** What is to be written next, as soon as there is anything; null when all is done. */
  private @Nullable YamuxBatch next() {
    lock.lock();
    try {
      while (filling.size() == 0 && urgent.size() == 0) {
        if (finishing) {
          return null;
        }
        idle = true;
        work.awaitUninterruptibly();
        idle = false;
      }
      YamuxBatch batch = filling;
      if (!batch.prepend(urgent)) {
        batch = urgent;
        urgent = spare == null ? new YamuxBatch() : spare;
        spare = null;
        return batch;
      }
      filling = spare == null ? new YamuxBatch() : spare;
      spare = null;
      passTurn();
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void recycle(YamuxBatch batch, long nanos) {
    batch.clear();
    lock.lock();
    try {
      spare = batch;
      if (nanos > SLOW_NANOS) {
        batchBytes = Math.max(SMALLEST_BATCH, batchBytes / 2);
      } else if (nanos < SLOW_NANOS / 10) {
        batchBytes = Math.min(LARGEST_BATCH, batchBytes * 2);
      }
    } finally {
      lock.unlock();
    }
  }
}
