package spindrift.p2p;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import spindrift.base.ProtocolViolationException;

/**
 * What came in on one stream and was not read yet: a ring that grows as it fills, up to the window
 * that the other side was given. One thread puts bytes in, another takes them out; both copy
 * outside the lock, which guards the positions alone. Window is given back when bytes are taken
 * out, and doubled while the stream gets through half of it in less than four round trips, since
 * then the sender has to wait for us.
 */
final class ReceiveBuffer {
  /** As go-yamux has it: 16 MiB in a round trip of 100 ms is more than a gigabit a second. */
  static final int LARGEST_WINDOW = 16 << 20;

  private static final int SMALLEST_RING = 4 << 10;
  private static final int ROUND_TRIPS = 4;
  private static final byte[] NONE = {};

  private final MemoryBudget.Account memory;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();

  /** Its length is a power of two, or 0. Only the thread that puts bytes in replaces it. */
  private byte[] ring = NONE;

  /** Used by the thread that puts bytes in. */
  private int position;

  private long written;
  private long read;

  /** What the other side may have sent that was not taken out, in bytes. */
  private int window = YamuxFrame.INITIAL_WINDOW;

  /** What it may still send. */
  private int credit = YamuxFrame.INITIAL_WINDOW;

  /** Between {@link #room} and {@link #publish}. */
  private boolean filling;

  private long trimmedAt;
  private long epoch = System.nanoTime();
  private long charged;
  private boolean finished;
  private boolean unwanted;
  private @Nullable IOException broken;

  ReceiveBuffer(MemoryBudget.Account memory) {
    this.memory = memory;
  }

  // What the thread does that reads the connection.

  /** Announces payload; it is to follow at once. */
  void expect(long count) throws ProtocolViolationException {
    lock.lock();
    try {
      if (count > credit) {
        throw new ProtocolViolationException(YamuxFrame.PROTOCOL, "more payload than the window");
      }
      if (finished && count > 0) {
        throw new ProtocolViolationException(YamuxFrame.PROTOCOL, "payload after the end");
      }
      credit -= (int) count;
    } finally {
      lock.unlock();
    }
  }

  /** Whether the other side waits for window that it will not get, since nobody reads. */
  boolean stalled() {
    lock.lock();
    try {
      return unwanted && !finished && credit == 0;
    } finally {
      lock.unlock();
    }
  }

  /** What the other side may still send. */
  int credit() {
    lock.lock();
    try {
      return credit;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Makes room for announced bytes.
   *
   * @return the ring, which they are to be put into at {@link #position}; without length where
   *     nobody wants them, null where there is no memory for them
   */
  byte @Nullable [] room(int count) {
    long missing = missing(count);
    if (missing > 0 && !memory.hold(missing)) {
      return null;
    }
    lock.lock();
    try {
      charged += missing;
      if (unwanted) {
        drop();
        return NONE;
      }
      filling = true;
      int needed = (int) (written - read) + count;
      if (needed > ring.length) {
        enlarge(ringSize(needed));
      }
      position = (int) written & (ring.length - 1);
      return ring;
    } finally {
      lock.unlock();
    }
  }

  /** The bytes of memory that are needed beyond those that are charged already. */
  private long missing(int count) {
    lock.lock();
    try {
      int needed = (int) (written - read) + count;
      return unwanted || needed <= ring.length ? 0 : Math.max(0, ringSize(needed) - charged);
    } finally {
      lock.unlock();
    }
  }

  private static int ringSize(int needed) {
    return Math.max(SMALLEST_RING, Integer.highestOneBit(needed - 1) << 1);
  }

  private void enlarge(int size) {
    byte[] larger = new byte[size];
    long at = read;
    while (at < written) {
      int from = (int) at & (ring.length - 1);
      int to = (int) at & (size - 1);
      int n = (int) Math.min(written - at, Math.min(ring.length - from, size - to));
      System.arraycopy(ring, from, larger, to, n);
      at += n;
    }
    ring = larger;
  }

  /** Where in the ring the next bytes go. */
  int position() {
    return position;
  }

  /** Bytes have been put into the ring, and can be read from now on. */
  void publish(int count) {
    lock.lock();
    try {
      filling = false;
      if (!unwanted) {
        written += count;
      }
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The other side has sent all; false if that was known. */
  boolean finish() {
    lock.lock();
    try {
      if (finished) {
        return false;
      }
      finished = true;
      if (written == read) {
        drop();
      }
      arrived.signalAll();
      return true;
    } finally {
      lock.unlock();
    }
  }

  // What any thread does.

  /** Ends reading, unless all has come already. */
  void fail(IOException cause) {
    lock.lock();
    try {
      if (!finished && broken == null) {
        broken = cause;
        unwanted = true;
        drop();
      }
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Ends reading; what comes is thrown away. */
  void refuse(IOException cause) {
    lock.lock();
    try {
      if (broken == null) {
        broken = cause;
      }
      unwanted = true;
      drop();
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Gives memory back if nothing came since the last time and all is read. */
  void trim() {
    lock.lock();
    try {
      if (written == read && written == trimmedAt && !filling) {
        drop();
      }
      trimmedAt = written;
    } finally {
      lock.unlock();
    }
  }

  private void drop() {
    memory.release(charged);
    charged = 0;
    ring = NONE;
    read = written;
  }

  /** Bytes of memory in use. */
  long charged() {
    lock.lock();
    try {
      return charged;
    } finally {
      lock.unlock();
    }
  }

  /** What the other side may have sent that was not read. */
  int window() {
    lock.lock();
    try {
      return window;
    } finally {
      lock.unlock();
    }
  }

  int available() {
    lock.lock();
    try {
      return (int) (written - read);
    } finally {
      lock.unlock();
    }
  }

  // What the thread does that reads the stream.

  /** Takes bytes out; -1 at the end. Call {@link #grant} afterwards. */
  int take(byte[] target, int from, int count, long timeoutNanos) throws IOException {
    byte[] source;
    int at;
    int n;
    lock.lock();
    try {
      if (!await(timeoutNanos)) {
        return -1;
      }
      source = ring;
      at = (int) read & (source.length - 1);
      n = (int) Math.min(count, written - read);
    } finally {
      lock.unlock();
    }
    int first = Math.min(n, source.length - at);
    System.arraycopy(source, at, target, from, first);
    System.arraycopy(source, 0, target, from + first, n - first);
    return n;
  }

  private boolean await(long timeoutNanos) throws IOException {
    long deadline = System.nanoTime() + timeoutNanos;
    while (true) {
      if (broken != null) {
        throw new IOException(broken.getMessage(), broken);
      }
      if (written > read) {
        return true;
      }
      if (finished) {
        return false;
      }
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new SocketTimeoutException("nothing came");
      }
      try {
        long ignored = arrived.awaitNanos(left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw (IOException) new InterruptedIOException("interrupted while reading").initCause(e);
      }
    }
  }

  /**
   * Frees the room of bytes that were taken out.
   *
   * @param roundTripNanos 0 where it is not known
   * @return what the other side is to be granted, 0 for nothing yet
   */
  int grant(int taken, long roundTripNanos) {
    lock.lock();
    try {
      if (unwanted) {
        return 0;
      }
      read += taken;
      if (finished) {
        if (written == read) {
          drop();
        }
        return 0;
      }
      int due = window - credit - (int) (written - read);
      if (due < window / 2) {
        return 0;
      }
      long now = System.nanoTime();
      if (now - epoch < ROUND_TRIPS * roundTripNanos && canGrow()) {
        due += window;
        window *= 2;
      }
      epoch = now;
      credit += due;
      return due;
    } finally {
      lock.unlock();
    }
  }

  private boolean canGrow() {
    return window < LARGEST_WINDOW && memory.spare(2L * window - charged);
  }
}
