package spindrift.node;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/** A wire to a node that shows what clients ask for and that can be cut. */
final class Cable implements AutoCloseable {
  private static final Pattern REQUEST =
      Pattern.compile("(GET|HEAD|PUT|POST|DELETE) (/\\S*) HTTP/1\\.1\r\n");

  private final ServerSocket server;
  private final int target;
  private final AtomicLong cutAfter;
  private final ByteArrayOutputStream asked = new ByteArrayOutputStream();

  private Cable(ServerSocket server, int target, long cutAfter) {
    this.server = server;
    this.target = target;
    this.cutAfter = new AtomicLong(cutAfter);
  }

  /** A cable that lasts. */
  static Cable to(int port) throws IOException {
    return cutOnce(port, Long.MAX_VALUE);
  }

  /** A cable that breaks once, when so many bytes have come from the node. */
  static Cable cutOnce(int port, long bytes) throws IOException {
    Cable cable = new Cable(new ServerSocket(0, 64, InetAddress.getLoopbackAddress()), port, bytes);
    Thread.startVirtualThread(cable::accept);
    return cable;
  }

  String url() {
    return "http://127.0.0.1:" + server.getLocalPort();
  }

  /** What was asked for so far, such as {@code GET /nix-cache-info}; bodies are not told apart. */
  List<String> requests() {
    String text;
    synchronized (asked) {
      text = asked.toString(StandardCharsets.ISO_8859_1);
    }
    List<String> requests = new ArrayList<>();
    REQUEST.matcher(text).results().forEach(m -> requests.add(m.group(1) + " " + m.group(2)));
    return requests;
  }

  /** All that clients sent. */
  String sent() {
    synchronized (asked) {
      return asked.toString(StandardCharsets.ISO_8859_1);
    }
  }

  private void accept() {
    while (true) {
      try {
        Socket client = server.accept();
        Socket node = new Socket(InetAddress.getLoopbackAddress(), target);
        Thread.startVirtualThread(() -> forth(client, node));
        Thread.startVirtualThread(() -> back(node, client));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void forth(Socket client, Socket node) {
    byte[] buffer = new byte[1 << 16];
    try (client;
        node) {
      InputStream in = client.getInputStream();
      OutputStream out = node.getOutputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        synchronized (asked) {
          asked.write(buffer, 0, count);
        }
        out.write(buffer, 0, count);
      }
    } catch (IOException e) {
      // One side has gone, so the other goes, too.
    }
  }

  private void back(Socket node, Socket client) {
    byte[] buffer = new byte[1 << 16];
    try (client;
        node) {
      InputStream in = node.getInputStream();
      OutputStream out = client.getOutputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        long left = cutAfter.addAndGet(-count);
        if (left < 0) {
          cutAfter.set(Long.MAX_VALUE);
          return;
        }
        out.write(buffer, 0, count);
      }
    } catch (IOException e) {
      // As above.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
