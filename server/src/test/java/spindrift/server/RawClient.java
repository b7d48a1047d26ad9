package spindrift.server;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import spindrift.base.Bytes;

/** One connection to a server, on which a test says exactly what goes over the wire. */
final class RawClient implements AutoCloseable {
  /** Long enough for a busy machine; a test that waits for it has failed. */
  private static final int PATIENCE_MILLIS = 20_000;

  final Socket socket;
  private final InputStream in;

  RawClient(HttpServer server) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    socket.setSoTimeout(PATIENCE_MILLIS);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** What came back for one request. */
  record Answer(int status, String head, Bytes body) {
    Optional<String> field(String name) {
      return head.lines()
          .filter(
              line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":"))
          .map(line -> line.substring(name.length() + 1).trim())
          .findFirst();
    }

    String text() {
      return new String(body.toArray(), StandardCharsets.ISO_8859_1);
    }
  }

  void send(String bytes) throws IOException {
    socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
  }

  Answer get(String path, String... fields) throws IOException {
    return request("GET", path, fields);
  }

  Answer request(String method, String path, String... fields) throws IOException {
    StringBuilder head =
        new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n");
    for (String field : fields) {
      head.append(field).append("\r\n");
    }
    send(head.append("\r\n").toString());
    return answer(!method.equals("HEAD"));
  }

  Answer put(String path, Bytes body, String... fields) throws IOException {
    StringBuilder head = new StringBuilder("PUT " + path + " HTTP/1.1\r\nHost: localhost\r\n");
    for (String field : fields) {
      head.append(field).append("\r\n");
    }
    send(head.append("Content-Length: " + body.size() + "\r\n\r\n").toString());
    body.writeTo(socket.getOutputStream());
    return answer(true);
  }

  Answer answer() throws IOException {
    return answer(true);
  }

  /** Reads one response; with a body as long as Content-Length says, where one may come. */
  private Answer answer(boolean mayHaveBody) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (!bytes.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("the head ends early: " + bytes);
      }
      bytes.write(next);
    }
    String head = bytes.toString(StandardCharsets.ISO_8859_1);
    Answer empty = new Answer(Integer.parseInt(head.substring(9, 12)), head, Bytes.EMPTY);
    int length = mayHaveBody ? empty.field("Content-Length").map(Integer::parseInt).orElse(0) : 0;
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new EOFException("the body ends " + (length - body.length) + " bytes early");
    }
    return new Answer(empty.status(), head, Bytes.owning(body));
  }

  /** Whether the server has closed its side; waits for it. */
  boolean closed() throws IOException {
    return in.read() < 0;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
