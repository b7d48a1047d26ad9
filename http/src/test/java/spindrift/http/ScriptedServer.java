package spindrift.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that answers with the bytes it is given, whatever it is asked. */
final class ScriptedServer implements AutoCloseable {
  /** In an answer: the server ends the connection here. */
  static final String END = "<end>";

  /** In an answer: the server sends nothing more, and waits. */
  static final String SILENCE = "<silence>";

  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();

  ScriptedServer(String... answers) throws IOException {
    this.answers.addAll(List.of(answers));
    Thread.ofVirtual().start(this::accept);
  }

  URI url(String path) {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort() + path);
  }

  List<String> requests() {
    return requests;
  }

  int connections() {
    return connections.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        open.add(socket);
        connections.incrementAndGet();
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      while (true) {
        StringBuilder head = new StringBuilder();
        InputStream in = socket.getInputStream();
        while (head.indexOf("\r\n\r\n") < 0) {
          int next = in.read();
          if (next < 0) {
            return;
          }
          head.append((char) next);
        }
        requests.add(head.toString());
        String answer = answers.take();
        boolean ends = answer.endsWith(END);
        boolean isSilent = answer.endsWith(SILENCE);
        String bytes = answer.replace(END, "").replace(SILENCE, "");
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        if (ends) {
          return;
        }
        if (isSilent && in.read() < 0) {
          return;
        }
      }
    } catch (IOException | InterruptedException e) {
      // The client has gone.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
