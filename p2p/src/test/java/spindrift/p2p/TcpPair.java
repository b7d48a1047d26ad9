package spindrift.p2p;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;

/** The two ends of a TCP connection on loopback. */
record TcpPair(TcpWire dialer, TcpWire listener) implements AutoCloseable {
  static TcpPair open() throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      TcpWire dialer =
          TcpWire.connect((InetSocketAddress) server.getLocalAddress(), Duration.ofSeconds(30));
      return new TcpPair(dialer, new TcpWire(server.accept()));
    }
  }

  @Override
  public void close() {
    dialer.close();
    listener.close();
  }
}
