package spindrift.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** An address from which nothing ever comes back: whoever connects waits for good. */
public final class BlackHole implements AutoCloseable {
  /** More than fit into the shortest queue of connections that nobody accepts. */
  private static final int WAITING = 16;

  private final ServerSocket socket;
  private final List<SocketChannel> queue = new ArrayList<>();

  private BlackHole(ServerSocket socket) {
    this.socket = socket;
  }

  /** On a free port of loopback; the caller closes it. */
  public static BlackHole open() throws IOException {
    BlackHole hole = new BlackHole(new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1")));
    for (int i = 0; i < WAITING; i++) {
      SocketChannel waiting = SocketChannel.open();
      waiting.configureBlocking(false);
      waiting.connect(
          new InetSocketAddress(hole.socket.getInetAddress(), hole.socket.getLocalPort()));
      hole.queue.add(waiting);
    }
    return hole;
  }

  public String url() {
    return "http://127.0.0.1:" + socket.getLocalPort();
  }

  public int port() {
    return socket.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    for (SocketChannel waiting : queue) {
      waiting.close();
    }
    socket.close();
  }
}
