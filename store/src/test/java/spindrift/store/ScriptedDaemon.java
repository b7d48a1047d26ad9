package spindrift.store;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import spindrift.base.Bytes;

/**
 * A daemon that says what it was told to say, without listening, on a Unix socket. Each connection
 * gets the next script.
 */
final class ScriptedDaemon implements AutoCloseable {
  static final long NEXT = 0x6f6c6d67;
  static final long LAST = 0x616c7473;
  static final long ERROR = 0x63787470;
  static final long START_ACTIVITY = 0x53545254;
  static final long STOP_ACTIVITY = 0x53544f50;
  static final long RESULT = 0x52534c54;

  /** What to do after the bytes were said. */
  enum Then {
    /** Close the connection. */
    HANG_UP,
    /** Say nothing more, and read all that comes. */
    LISTEN,
    /** Say nothing more, and read nothing. */
    STALL
  }

  record Script(Bytes said, Then then) {}

  /** The protocol's values, one after another. */
  static final class Words {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Words number(long... values) {
      for (long value : values) {
        ByteBuffer word = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
        out.writeBytes(word.array());
      }
      return this;
    }

    Words text(String... values) {
      for (String value : values) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        number(bytes.length);
        out.writeBytes(bytes);
        out.writeBytes(new byte[-bytes.length & 7]);
      }
      return this;
    }

    /** A greeting in protocol 1.{@code minor}. */
    Words greeting(int minor) {
      number(0x6478696f, 0x100 | minor);
      if (minor >= 38) {
        number(1).text("a-feature-of-tomorrow");
      }
      if (minor >= 33) {
        text("9.9.9");
      }
      if (minor >= 35) {
        number(2);
      }
      return number(LAST);
    }

    byte[] bytes() {
      return out.toByteArray();
    }

    Script then(Then then) {
      return new Script(Bytes.owning(bytes()), then);
    }
  }

  private final ServerSocketChannel server;
  private final Path socket;
  private final Iterator<Script> scripts;
  private final List<SocketChannel> clients = new CopyOnWriteArrayList<>();
  private final Thread thread;

  ScriptedDaemon(Path socket, List<Script> scripts) throws IOException {
    this.socket = socket;
    this.scripts = scripts.iterator();
    this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    this.thread = Thread.ofVirtual().start(this::serve);
  }

  Path socket() {
    return socket;
  }

  int connections() {
    return clients.size();
  }

  /** Closes the connections there are, as a daemon that is restarted does. */
  void hangUp() throws IOException {
    for (SocketChannel client : clients) {
      client.close();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    hangUp();
    thread.interrupt();
  }

  private void serve() {
    while (scripts.hasNext()) {
      try {
        SocketChannel client = server.accept();
        clients.add(client);
        Script script = scripts.next();
        Thread.ofVirtual().start(() -> play(client, script));
      } catch (IOException e) {
        return;
      }
    }
  }

  private static void play(SocketChannel client, Script script) {
    try {
      ByteBuffer said = script.said.asByteBuffer();
      while (said.hasRemaining()) {
        client.write(said);
      }
      switch (script.then) {
        case HANG_UP -> client.close();
        case STALL -> {}
        case LISTEN -> {
          ByteBuffer ignored = ByteBuffer.allocate(1 << 16);
          while (client.read(ignored.clear()) >= 0) {
            ignored.clear();
          }
        }
      }
    } catch (IOException e) {
      if (client.isOpen()) {
        try {
          client.close();
        } catch (IOException again) {
          throw new UncheckedIOException(again);
        }
      }
    }
  }
}
