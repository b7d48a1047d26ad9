package spindrift.store;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Where a daemon is to be had. */
sealed interface DaemonEndpoint {
  /** A fresh link, which the caller closes. */
  DaemonLink connect(Watchdog watchdog, Duration limit) throws IOException;

  /** A daemon that listens on a Unix socket. */
  record Socket(Path path) implements DaemonEndpoint {
    @Override
    public DaemonLink connect(Watchdog watchdog, Duration limit) throws IOException {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      try (Watchdog.Guard _ = watchdog.guard(channel, limit)) {
        channel.connect(UnixDomainSocketAddress.of(path));
        return new SocketLink(channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    }

    @Override
    public String toString() {
      return "the Nix daemon at " + path;
    }
  }

  /** A daemon of our own for each link, which talks over its standard streams. */
  record Program(List<String> command) implements DaemonEndpoint {
    public Program {
      command = List.copyOf(command);
    }

    @Override
    public DaemonLink connect(Watchdog watchdog, Duration limit) throws IOException {
      return ProcessLink.start(command);
    }

    @Override
    public String toString() {
      return "\"" + String.join(" ", command) + "\"";
    }
  }

  /** A link over a Unix socket. */
  record SocketLink(SocketChannel channel) implements DaemonLink {
    @Override
    public int read(byte[] target, int offset, int size) throws IOException {
      return channel.read(ByteBuffer.wrap(target, offset, size));
    }

    @Override
    public void write(byte[] source, int offset, int size) throws IOException {
      ByteBuffer rest = ByteBuffer.wrap(source, offset, size);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
