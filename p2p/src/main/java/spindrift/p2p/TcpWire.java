package spindrift.p2p;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * A TCP connection. Large reads and writes with direct buffers go straight to the socket. All
 * others pass through small direct buffers of its own: given a heap buffer, the JDK would borrow
 * direct memory as large as that buffer, and keep it for good.
 */
final class TcpWire implements Wire {
  /** Ours: holds all of a negotiation, which is read byte by byte and written in small pieces. */
  private static final int SMALL_BYTES = 4096;

  private final SocketChannel channel;

  /** What was read and not yet asked for; the reading thread's. */
  private final ByteBuffer ahead = ByteBuffer.allocateDirect(SMALL_BYTES).limit(0);

  /** The writing thread's. */
  private final ByteBuffer outgoing = ByteBuffer.allocateDirect(SMALL_BYTES);

  /** A connected channel in blocking mode, which is this wire's to close from now on. */
  TcpWire(SocketChannel channel) throws IOException {
    this.channel = channel;
    // Frames are gathered before they are written here; waiting for more would only add delay.
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
  }

  /** Connects; leaves nothing open when that fails. */
  static TcpWire connect(InetSocketAddress address, Duration timeout) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.socket().connect(address, Math.toIntExact(Math.max(1, timeout.toMillis())));
      return new TcpWire(channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** The address at the other end. */
  InetSocketAddress remote() throws IOException {
    return (InetSocketAddress) channel.getRemoteAddress();
  }

  /** The address at this end. */
  InetSocketAddress local() throws IOException {
    return (InetSocketAddress) channel.getLocalAddress();
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (!ahead.hasRemaining()) {
      if (target.isDirect() && target.remaining() >= SMALL_BYTES) {
        return channel.read(target);
      }
      ahead.clear();
      int count = channel.read(ahead);
      ahead.flip();
      if (count < 0) {
        return count;
      }
    }
    return copy(ahead, target);
  }

  @Override
  public void write(ByteBuffer source) throws IOException {
    if (source.isDirect()) {
      writeAll(source);
      return;
    }
    while (source.hasRemaining()) {
      outgoing.clear();
      copy(source, outgoing);
      writeAll(outgoing.flip());
    }
  }

  private void writeAll(ByteBuffer source) throws IOException {
    while (source.hasRemaining()) {
      channel.write(source);
    }
  }

  private static int copy(ByteBuffer source, ByteBuffer target) {
    int count = Math.min(source.remaining(), target.remaining());
    target.put(target.position(), source, source.position(), count);
    source.position(source.position() + count);
    target.position(target.position() + count);
    return count;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException ignored) {
      // There is nobody left whom this could matter to.
    }
  }
}
