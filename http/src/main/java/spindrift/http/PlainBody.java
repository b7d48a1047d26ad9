package spindrift.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The body of an answer on a connection of its own, which is given back when all of the body was
 * read, and is of no use otherwise.
 */
final class PlainBody extends AnswerBody {
  /** Ours, bytes: what servers say beside a status is read rather than connected for again. */
  private static final int WORTH_READING = 1 << 13;

  private static final long READING_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Ours, bytes: more than the digits and extensions of any known server. */
  private static final int MAX_CHUNK_LINE = 1 << 10;

  private static final int MAX_TRAILERS = 64;

  private final PlainConnection connection;
  private final Framing framing;
  private final Owner owner;
  private final Duration stall;
  private final long deadline;
  private long left;
  private boolean begun;
  private final AtomicLong transferred = new AtomicLong();
  private boolean reading;
  private boolean ended;
  private boolean closed;

  /** How the end is known. */
  enum Framing {
    LENGTH,
    CHUNKS,
    END_OF_CONNECTION
  }

  /** Who is told when a body has ended; may be told several times. */
  interface Owner {
    /** The next request can be sent on the connection. */
    void isFree(PlainConnection connection);

    /** The connection is to be closed. */
    void isOver(PlainConnection connection);
  }

  /**
   * @param left bytes, where they are known
   * @param deadline by the clock of {@link System#nanoTime}
   */
  PlainBody(
      PlainConnection connection,
      Framing framing,
      long left,
      Owner owner,
      Duration stall,
      long deadline) {
    this.connection = connection;
    this.framing = framing;
    this.left = framing == Framing.LENGTH ? left : 0;
    this.owner = owner;
    this.stall = stall;
    this.deadline = deadline;
    if (framing == Framing.LENGTH && left == 0) {
      end();
    }
  }

  @Override
  long transferred() {
    return transferred.get();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int from, int length) throws IOException {
    Objects.checkFromIndexSize(from, length, buffer.length);
    if (length == 0 || !begin()) {
      return length == 0 ? 0 : -1;
    }
    try {
      return next(buffer, from, length);
    } catch (IOException e) {
      throw failed(e);
    } finally {
      pause();
    }
  }

  /** Whether there may be more. */
  private synchronized boolean begin() throws IOException {
    if (closed) {
      throw new IOException("closed");
    }
    reading = !ended;
    return reading;
  }

  private synchronized void pause() {
    reading = false;
  }

  private synchronized IOException failed(IOException why) {
    owner.isOver(connection);
    if (closed) {
      return new IOException("closed", why);
    }
    closed = true;
    if (Thread.currentThread().isInterrupted()) {
      return new InterruptedIOException("reading was given up");
    }
    if (why instanceof SocketTimeoutException) {
      String how = deadline - System.nanoTime() <= 0 ? "took too long" : "stalled";
      return new IOException("the answer " + how + " after " + transferred.get() + " bytes");
    }
    return new IOException("the answer broke off: " + why.getMessage(), why);
  }

  private long until() {
    long now = System.nanoTime();
    return now + Math.min(stall.toNanos(), deadline - now);
  }

  private int next(byte[] buffer, int from, int length) throws IOException {
    if (framing == Framing.CHUNKS && left == 0 && !nextChunk()) {
      end();
      return -1;
    }
    boolean endless = framing == Framing.END_OF_CONNECTION;
    int most = endless ? length : (int) Math.min(length, left);
    int size = connection.read(buffer, from, most, until());
    if (size < 0 && endless) {
      end();
      return -1;
    }
    if (size < 0) {
      throw new IOException("the connection ended before it");
    }
    transferred.addAndGet(size);
    left -= endless ? 0 : size;
    if (framing == Framing.LENGTH && left == 0) {
      end();
    }
    return size;
  }

  /** Reads up to the next chunk, unless there is none. */
  private boolean nextChunk() throws IOException {
    if (begun && !connection.line(2, until()).isEmpty()) {
      throw new IOException("a chunk is longer than it says");
    }
    begun = true;
    String line = connection.line(MAX_CHUNK_LINE, until());
    String size = line.split("[; \t]", 2)[0];
    if (!size.matches("[0-9a-fA-F]{1,15}")) {
      throw new IOException("the length of a chunk is no number");
    }
    left = Long.parseLong(size, 16);
    for (int count = 0; left == 0; count++) {
      if (connection.line(MAX_CHUNK_LINE, until()).isEmpty()) {
        return false;
      }
      if (count == MAX_TRAILERS) {
        throw new IOException("the answer does not end");
      }
    }
    return true;
  }

  private synchronized void end() {
    if (ended || closed) {
      return;
    }
    ended = true;
    if (framing == Framing.END_OF_CONNECTION || connection.buffered() > 0) {
      owner.isOver(connection);
    } else {
      owner.isFree(connection);
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed || ended) {
        closed = true;
        return;
      }
      boolean isLittle = framing == Framing.LENGTH && left <= WORTH_READING;
      if (isLittle && !reading && connection.buffered() >= left) {
        connection.skip((int) left);
        end();
      }
      closed = true;
      if (ended) {
        return;
      }
      if (!isLittle || reading) {
        owner.isOver(connection);
        return;
      }
    }
    Thread.ofVirtual().name("read the rest").start(this::readRest);
  }

  private void readRest() {
    byte[] rest = new byte[(int) left];
    long until = System.nanoTime() + READING_NANOS;
    try {
      for (int at = 0; at < rest.length; ) {
        int size = connection.read(rest, at, rest.length - at, until);
        if (size < 0) {
          owner.isOver(connection);
          return;
        }
        at += size;
      }
      owner.isFree(connection);
    } catch (IOException e) {
      owner.isOver(connection);
    }
  }
}
