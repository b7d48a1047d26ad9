package spindrift.p2p;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Deque;
import spindrift.base.Bytes;

/** One end of a connection in memory that never makes a writer wait. */
final class MemoryWire implements Wire {
  private final Pipe incoming;
  private final Pipe outgoing;
  private final int mostAtOnce;

  private MemoryWire(Pipe incoming, Pipe outgoing, int mostAtOnce) {
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.mostAtOnce = mostAtOnce;
  }

  /** The two ends of a connection. */
  record Pair(MemoryWire dialer, MemoryWire listener) {}

  static Pair pair() {
    return pair(Integer.MAX_VALUE);
  }

  /** A connection on which no read returns more than some bytes. */
  static Pair pair(int mostAtOnce) {
    Pipe there = new Pipe();
    Pipe back = new Pipe();
    return new Pair(
        new MemoryWire(back, there, mostAtOnce), new MemoryWire(there, back, mostAtOnce));
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return incoming.read(target, mostAtOnce);
  }

  @Override
  public void write(ByteBuffer source) throws IOException {
    outgoing.write(source);
  }

  void write(Bytes bytes) throws IOException {
    write(bytes.asByteBuffer());
  }

  /** Exactly so many bytes. */
  Bytes read(int count) throws IOException {
    ByteBuffer target = ByteBuffer.allocate(count);
    while (target.hasRemaining() && read(target) >= 0) {
      // until there are enough
    }
    return Bytes.copyOf(target.array(), 0, target.position());
  }

  /** A message of the Noise handshake, or a frame behind it, without its length. */
  Bytes readFrame() throws IOException {
    Bytes length = read(2);
    return read(((length.at(0) & 0xff) << 8) | (length.at(1) & 0xff));
  }

  void writeFrame(Bytes frame) throws IOException {
    write(Bytes.of(frame.size() >> 8, frame.size() & 0xff).concat(frame));
  }

  /** What comes next from this end is the end of the connection. */
  void endWriting() {
    outgoing.end();
  }

  @Override
  public void close() {
    incoming.close();
    outgoing.end();
  }

  private static final class Pipe {
    private final Deque<Bytes> chunks = new ArrayDeque<>();
    private boolean ended;
    private boolean closed;

    synchronized int read(ByteBuffer target, int most) throws IOException {
      while (chunks.isEmpty() && !ended && !closed) {
        try {
          wait();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
      if (closed) {
        throw new ClosedChannelException();
      }
      if (chunks.isEmpty()) {
        return -1;
      }
      Bytes first = chunks.removeFirst();
      int count = Math.min(Math.min(first.size(), target.remaining()), most);
      target.put(first.slice(0, count).toArray());
      if (count < first.size()) {
        chunks.addFirst(first.slice(count, first.size()));
      }
      return count;
    }

    synchronized void write(ByteBuffer source) throws IOException {
      if (ended || closed) {
        throw new ClosedChannelException();
      }
      byte[] bytes = new byte[source.remaining()];
      source.get(bytes);
      if (bytes.length > 0) {
        chunks.addLast(Bytes.owning(bytes));
      }
      notifyAll();
    }

    synchronized void end() {
      ended = true;
      notifyAll();
    }

    synchronized void close() {
      closed = true;
      chunks.clear();
      notifyAll();
    }
  }
}
