package spindrift.p2p;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** One end of a connection within the process, over which bytes travel for a set time. */
final class MemoryChannel implements SecureChannel {
  /** Two ends that are joined. */
  record Pair(MemoryChannel dialer, MemoryChannel listener) implements AutoCloseable {
    @Override
    public void close() {
      dialer.close();
      listener.close();
    }
  }

  private final Pipe incoming;
  private final Pipe outgoing;

  private MemoryChannel(Pipe incoming, Pipe outgoing) {
    this.incoming = incoming;
    this.outgoing = outgoing;
  }

  /**
   * @param underWay bytes in each direction that may be written before any is read
   */
  static Pair pair(int underWay, Duration delay) {
    Pipe there = new Pipe(underWay, delay);
    Pipe back = new Pipe(underWay, delay);
    return new Pair(new MemoryChannel(back, there), new MemoryChannel(there, back));
  }

  static Pair pair() {
    return pair(1 << 20, Duration.ZERO);
  }

  @Override
  public PublicKey remoteKey() {
    throw new UnsupportedOperationException("no key");
  }

  @Override
  public Optional<String> muxer() {
    return Optional.empty();
  }

  @Override
  public int read(byte[] buffer, int from, int length) throws IOException {
    return incoming.read(buffer, from, length);
  }

  @Override
  public void write(byte[] buffer, int from, int length) throws IOException {
    outgoing.write(Arrays.copyOfRange(buffer, from, from + length));
  }

  /** Ends what this side sends; the other side sees the end after all that was sent. */
  void closeWrite() {
    outgoing.end();
  }

  @Override
  public void close() {
    outgoing.end();
    incoming.breakOff();
  }

  private static final class Pipe {
    private record Chunk(ByteBuffer bytes, long due) {}

    private final int capacity;
    private final long delay;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
    private long size;
    private boolean ended;
    private boolean broken;

    Pipe(int capacity, Duration delay) {
      this.capacity = capacity;
      this.delay = delay.toNanos();
    }

    void write(byte[] bytes) throws IOException {
      lock.lock();
      try {
        while (size > 0 && size + bytes.length > capacity && !ended && !broken) {
          changed.awaitUninterruptibly();
        }
        if (ended) {
          throw new IOException("the channel is closed");
        }
        if (broken) {
          return; // as with TCP, a sender does not learn at once that nobody is there
        }
        chunks.add(new Chunk(ByteBuffer.wrap(bytes), System.nanoTime() + delay));
        size += bytes.length;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    int read(byte[] target, int at, int length) throws IOException {
      lock.lock();
      try {
        if (!awaitChunk()) {
          return -1;
        }
        ByteBuffer bytes = chunks.element().bytes;
        int count = Math.min(length, bytes.remaining());
        bytes.get(target, at, count);
        if (!bytes.hasRemaining()) {
          chunks.remove();
        }
        size -= count;
        changed.signalAll();
        return count;
      } finally {
        lock.unlock();
      }
    }

    private boolean awaitChunk() throws IOException {
      try {
        while (!broken) {
          Chunk first = chunks.peek();
          if (first == null && ended) {
            return false;
          }
          long wait = first == null ? Long.MAX_VALUE : first.due - System.nanoTime();
          if (wait <= 0) {
            return true;
          }
          long ignored = changed.awaitNanos(wait);
        }
      } catch (InterruptedException e) {
        throw new IOException("interrupted", e);
      }
      throw new IOException("the channel is closed");
    }

    void end() {
      lock.lock();
      try {
        ended = true;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    void breakOff() {
      lock.lock();
      try {
        broken = true;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }
}
