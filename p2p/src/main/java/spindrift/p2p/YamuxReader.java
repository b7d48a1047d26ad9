package spindrift.p2p;

import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import spindrift.base.FaultException;
import spindrift.base.ProtocolViolationException;

/**
 * The receiving half of a connection: takes frames apart and hands them to {@link Yamux}. It never
 * waits for anything but the channel. Used by one thread.
 */
final class YamuxReader {
  private static final int SMALLEST_BUFFER = 4 << 10;

  /** Room for a whole Noise message, so that it can be decrypted where it is needed. */
  private static final int LARGEST_BUFFER = 64 << 10;

  private final SecureChannel channel;
  private final Yamux connection;
  private byte[] buffer = new byte[SMALLEST_BUFFER];
  private int from;
  private int to;
  private final AtomicLong bytesIn = new AtomicLong();

  YamuxReader(SecureChannel channel, Yamux connection) {
    this.channel = channel;
    this.connection = connection;
  }

  /** All bytes read, with framing. */
  long bytesIn() {
    return bytesIn.get();
  }

  /** Reads one frame; false at the end of the connection. */
  boolean frame() throws IOException, FaultException {
    while (to - from < YamuxFrame.HEAD) {
      if (!fill()) {
        if (to > from) {
          throw new EOFException("the connection ended within a frame");
        }
        return false;
      }
    }
    int at = from;
    from += YamuxFrame.HEAD;
    if (YamuxFrame.version(buffer, at) != YamuxFrame.VERSION) {
      throw violation("an unknown version");
    }
    int flags = YamuxFrame.flags(buffer, at);
    int stream = YamuxFrame.stream(buffer, at);
    long length = YamuxFrame.length(buffer, at);
    switch (YamuxFrame.type(buffer, at)) {
      case YamuxFrame.DATA -> data(flags, stream, length);
      case YamuxFrame.WINDOW_UPDATE -> connection.windowUpdate(flags, stream, length);
      case YamuxFrame.PING -> connection.ping(flags, (int) length);
      case YamuxFrame.GO_AWAY -> connection.goAway(length);
      default -> throw violation("an unknown type of frame");
    }
    return true;
  }

  private void data(int flags, int number, long length) throws IOException, FaultException {
    if (length > ReceiveBuffer.LARGEST_WINDOW) {
      throw violation("a frame longer than any window");
    }
    YamuxStream stream = connection.find(flags, number, length);
    if (stream != null) {
      stream.incoming().expect(length);
    }
    int left = (int) length;
    while (left > 0) {
      left -= stream == null ? skip(left) : payload(stream, left);
    }
    if (stream != null) {
      connection.received(stream, flags);
    }
  }

  /** Takes some payload of a stream; returns how much. */
  private int payload(YamuxStream stream, int left) throws IOException, FaultException {
    if (from == to) {
      require();
    }
    int count = Math.min(left, to - from);
    ReceiveBuffer incoming = stream.incoming();
    byte @Nullable [] ring = incoming.room(count);
    if (ring == null) {
      stream.reset(YamuxFrame.RESOURCE_LIMIT, "no memory is left for what the peer sends");
      return skip(count);
    }
    if (ring.length == 0) {
      return skip(count);
    }
    count = Math.min(count, ring.length - incoming.position());
    System.arraycopy(buffer, from, ring, incoming.position(), count);
    incoming.publish(count);
    from += count;
    return count;
  }

  private int skip(int left) throws IOException, FaultException {
    if (from == to) {
      require();
    }
    int count = Math.min(left, to - from);
    from += count;
    return count;
  }

  private void require() throws IOException, FaultException {
    if (!fill()) {
      throw new EOFException("the connection ended within a frame");
    }
  }

  private boolean fill() throws IOException, FaultException {
    if (from == to) {
      from = 0;
      to = 0;
    } else if (from > buffer.length - YamuxFrame.HEAD) {
      System.arraycopy(buffer, from, buffer, 0, to - from);
      to -= from;
      from = 0;
    }
    int count = channel.read(buffer, to, buffer.length - to);
    if (count < 0) {
      return false;
    }
    bytesIn.addAndGet(count);
    to += count;
    if (to == buffer.length && buffer.length < LARGEST_BUFFER) {
      buffer = Arrays.copyOf(buffer, 2 * buffer.length);
    }
    return true;
  }

  static ProtocolViolationException violation(String rule) {
    return new ProtocolViolationException(YamuxFrame.PROTOCOL, rule);
  }
}
