package spindrift.server;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.function.Supplier;
import spindrift.base.ByteTarget;

/**
 * The sink that is a response body: gathers framing, small files and pieces of large ones in one
 * direct buffer, and sends that whenever it is full. The head is asked for only when the first
 * bytes leave, so a body that fails before then can still become an error response. Used by one
 * thread.
 */
final class BodySink implements ByteTarget {
  /** Pieces of files from this size on go from file to socket by the kernel alone. */
  private static final int DIRECT_BYTES = 256 << 10;

  private final Wire wire;
  private final ByteBuffer buffer;
  private final Supplier<ByteBuffer> head;
  private final long expected;
  private long taken;
  private boolean started;

  /**
   * @param buffer direct, empty
   * @param head makes the response's head; called once
   * @param expected the Content-Length
   */
  BodySink(Wire wire, ByteBuffer buffer, Supplier<ByteBuffer> head, long expected) {
    this.wire = wire;
    this.buffer = buffer;
    this.head = head;
    this.expected = expected;
  }

  /** Whether bytes of this response may have left. */
  boolean started() {
    return started;
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    count(length);
    int at = from;
    int end = from + length;
    while (at < end) {
      if (!buffer.hasRemaining()) {
        flush();
      }
      int size = Math.min(buffer.remaining(), end - at);
      buffer.put(bytes, at, size);
      at += size;
    }
  }

  @Override
  public void transfer(FileChannel file, long position, long count) throws IOException {
    count(count);
    long at = position;
    long end = position + count;
    while (at < end) {
      if (end - at >= DIRECT_BYTES) {
        if (buffer.position() > 0 || !started) {
          flush();
        }
        at += wire.sendNow(file, at, end - at);
        if (at == end) {
          return;
        }
        // The socket is full: what goes through the buffer waits until it is not.
      }
      if (!buffer.hasRemaining()) {
        flush();
      }
      buffer.limit((int) Math.min(buffer.capacity(), buffer.position() + end - at));
      int read = file.read(buffer, at);
      buffer.limit(buffer.capacity());
      if (read < 0) {
        throw new EOFException("a file of this body ends " + (end - at) + " bytes early");
      }
      at += read;
      if (end - at >= DIRECT_BYTES) {
        flush();
      }
    }
  }

  /**
   * Sends what is left.
   *
   * @throws EOFException when fewer bytes than expected came: a bug of the source
   */
  void finish() throws IOException {
    if (taken != expected) {
      throw new EOFException("the body has " + taken + " bytes where " + expected + " were due");
    }
    flush();
  }

  private void count(long more) throws IOException {
    if (more > expected - taken) {
      throw new IOException("the body has more than the " + expected + " bytes that were due");
    }
    taken += more;
  }

  private void flush() throws IOException {
    buffer.flip();
    if (started) {
      wire.send(buffer);
    } else {
      started = true;
      wire.send(head.get(), buffer);
    }
    buffer.clear();
  }
}
