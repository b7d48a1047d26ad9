package spindrift.p2p;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** One stream of a {@link Yamux} connection. */
final class YamuxStream implements MuxedStream {
  /** As other implementations of libp2p have it. */
  private static final long DEFAULT_TIMEOUT = TimeUnit.SECONDS.toNanos(60);

  private final Yamux connection;
  private final YamuxWriter writer;
  private final int id;
  private final ReceiveBuffer incoming;
  private final SendWindow outgoing;
  private final In in = new In();
  private final Out out = new Out();
  private final AtomicInteger openHalves = new AtomicInteger(2);
  private final AtomicBoolean acknowledged = new AtomicBoolean();
  private volatile long timeoutNanos = DEFAULT_TIMEOUT;
  private volatile long closedAt;
  private volatile boolean closed;

  YamuxStream(Yamux connection, YamuxWriter writer, int id, MemoryBudget.Account memory) {
    this.connection = connection;
    this.writer = writer;
    this.id = id;
    incoming = new ReceiveBuffer(memory);
    outgoing = writer.window(id);
  }

  int id() {
    return id;
  }

  ReceiveBuffer incoming() {
    return incoming;
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public OutputStream out() {
    return out;
  }

  @Override
  public void timeout(Duration timeout) {
    timeoutNanos = timeout.toNanos();
  }

  @Override
  public void closeWrite() {
    if (writer.closeWrite(outgoing)) {
      halfEnded();
    }
  }

  @Override
  public void reset() {
    reset(YamuxFrame.NO_REASON, "the stream was reset by this side");
  }

  void reset(int reason, String why) {
    IOException cause = new IOException(why);
    if (connection.forget(this)) {
      writer.reset(outgoing, reason, cause);
    }
    incoming.refuse(cause);
    writer.fail(outgoing, cause);
  }

  @Override
  public void close() {
    if (!closed) {
      closedAt = System.nanoTime();
      closed = true;
      incoming.refuse(new IOException("the stream is closed"));
      closeWrite();
      resetIfStalled();
    }
  }

  /** Ends the stream if the other side waits for window that it will not get. */
  void resetIfStalled() {
    if (incoming.stalled()) {
      reset(YamuxFrame.NO_REASON, "the stream is closed");
    }
  }

  /** Whether this side closed the stream so long ago and the other side has not. */
  boolean lingers(long nanos) {
    return closed && System.nanoTime() - closedAt > nanos;
  }

  /** True once: when the other side is first known to have taken the stream. */
  boolean acknowledge() {
    return acknowledged.compareAndSet(false, true);
  }

  /** The other side may be sent more. */
  void granted(long delta) throws spindrift.base.ProtocolViolationException {
    writer.grant(outgoing, delta);
  }

  /** The other side has ended its half. */
  void finished() {
    if (incoming.finish()) {
      halfEnded();
    }
  }

  /** The other side has ended the stream, or the connection is gone; nothing is sent for it. */
  void failed(IOException cause) {
    connection.forget(this);
    incoming.fail(cause);
    writer.fail(outgoing, cause);
  }

  private void halfEnded() {
    if (openHalves.decrementAndGet() == 0) {
      connection.forget(this);
    }
  }

  private final class In extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int from, int count) throws IOException {
      Objects.checkFromIndexSize(from, count, target.length);
      if (count == 0) {
        return 0;
      }
      int taken = incoming.take(target, from, count, timeoutNanos);
      if (taken > 0) {
        int delta = incoming.grant(taken, connection.roundTripNanos());
        if (delta > 0) {
          writer.overtake(YamuxFrame.WINDOW_UPDATE, 0, id, delta);
        }
      }
      return taken;
    }

    @Override
    public int available() {
      return incoming.available();
    }

    @Override
    public void close() {
      YamuxStream.this.close();
    }
  }

  private final class Out extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] source, int from, int count) throws IOException {
      Objects.checkFromIndexSize(from, count, source.length);
      int done = 0;
      while (done < count) {
        done += writer.send(outgoing, source, from + done, count - done, timeoutNanos);
      }
    }

    @Override
    public void close() {
      closeWrite();
    }
  }
}
