package spindrift.p2p;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;

/** Two ends of a TCP connection on this machine, as channels without any encryption. */
record SocketChannelPair(SecureChannel dialer, SecureChannel listener) implements AutoCloseable {
  static SocketChannelPair open() throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      SocketChannel dialer = SocketChannel.open(server.getLocalAddress());
      SocketChannel listener = server.accept();
      return new SocketChannelPair(plain(dialer), plain(listener));
    }
  }

  private static SecureChannel plain(SocketChannel socket) throws IOException {
    socket.setOption(java.net.StandardSocketOptions.TCP_NODELAY, true);
    return new Plain(socket);
  }

  @Override
  public void close() {
    dialer.close();
    listener.close();
  }

  private record Plain(SocketChannel socket) implements SecureChannel {
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
      return socket.read(ByteBuffer.wrap(buffer, from, length));
    }

    @Override
    public void write(byte[] buffer, int from, int length) throws IOException {
      ByteBuffer source = ByteBuffer.wrap(buffer, from, length);
      while (source.hasRemaining()) {
        socket.write(source);
      }
    }

    @Override
    public void close() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }
}
