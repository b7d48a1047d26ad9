package spindrift.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import spindrift.base.Bytes;

/**
 * A binary cache of a few files in memory, for rehearsals: just enough of HTTP for a client of
 * ours, on loopback. Whoever opens it closes it.
 */
final class RehearsalCache implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(RehearsalCache.class.getName());
  private static final int BACKLOG = 64;

  private final ServerSocket listener;
  private final Map<String, Bytes> files;
  private final List<Socket> clients = new CopyOnWriteArrayList<>();

  private RehearsalCache(ServerSocket listener, Map<String, Bytes> files) {
    this.listener = listener;
    this.files = Map.copyOf(files);
  }

  /**
   * Serves files until it is closed.
   *
   * @param files by path, as in {@code /nix-cache-info}
   */
  static RehearsalCache open(Map<String, Bytes> files) throws IOException {
    RehearsalCache cache =
        new RehearsalCache(new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress()), files);
    Thread.ofVirtual().name("rehearsal cache").start(cache::accept);
    return cache;
  }

  String url() {
    return "http://127.0.0.1:" + listener.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        clients.add(client);
        Thread.ofVirtual().name("rehearsal client").start(() -> serve(client));
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "closed", e);
    }
  }

  private void serve(Socket client) {
    try (client) {
      InputStream in = new BufferedInputStream(client.getInputStream());
      OutputStream out = client.getOutputStream();
      for (String path = path(in); !path.isEmpty(); path = path(in)) {
        answer(path).writeTo(out);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "gone", e);
    }
  }

  private Bytes answer(String path) {
    Bytes file = files.get(path);
    Bytes body = file == null ? Bytes.EMPTY : file;
    String head =
        "HTTP/1.1 "
            + (file == null ? "404 Not Found" : "200 OK")
            + "\r\nContent-Type: application/octet-stream\r\nContent-Length: "
            + body.size()
            + "\r\n\r\n";
    return Bytes.utf8(head).concat(body);
  }

  /** What the next request asks for; empty when there is none. */
  private static String path(InputStream in) throws IOException {
    String first = line(in);
    for (String field = first; !field.isEmpty(); ) {
      field = line(in);
    }
    String[] words = first.split(" ", 3);
    return words.length < 2 ? "" : words[1];
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
      line.write(next);
    }
    return line.toString(StandardCharsets.US_ASCII).strip();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket client : clients) {
      client.close();
    }
  }
}
