package spindrift.http;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * A TCP connection to a server of HTTP/1.1. For one thread, but for {@link #close}. Times are by
 * the clock of {@link System#nanoTime}.
 */
final class PlainConnection implements Closeable {
  /** Holds most heads, and narinfos with them. */
  private static final int BUFFER = 1 << 13;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final byte[] buffer = new byte[BUFFER];
  private int at;
  private int end;
  private boolean answered;

  private PlainConnection(Socket socket) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
    this.out = socket.getOutputStream();
  }

  /** Connects; the caller closes it. */
  static PlainConnection open(String host, int port, long until) throws IOException {
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new UnknownHostException("no such host");
    }
    Socket socket = new Socket();
    try {
      socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
      socket.connect(address, millis(until));
      return new PlainConnection(socket);
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private static int millis(long until) throws SocketTimeoutException {
    long left = until - System.nanoTime();
    if (left <= 0) {
      throw new SocketTimeoutException("out of time");
    }
    return Math.clamp(TimeUnit.NANOSECONDS.toMillis(left) + 1, 1, Integer.MAX_VALUE);
  }

  /** Sends a request that has no body. */
  void send(String head) throws IOException {
    answered = false;
    out.write(head.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Whether anything has come since a request was sent. */
  boolean isAnswered() {
    return answered;
  }

  /** Bytes that have come and were not read. */
  int buffered() {
    return end - at;
  }

  /** Drops bytes that have come. */
  void skip(int count) {
    at += Math.min(count, buffered());
  }

  /** Reads what there is; waits for the first byte of it. -1 at the end. */
  int read(byte[] into, int from, int length, long until) throws IOException {
    if (at == end && length >= BUFFER) {
      return receive(into, from, length, until);
    }
    if (at == end && !fill(until)) {
      return -1;
    }
    int size = Math.min(length, buffered());
    System.arraycopy(buffer, at, into, from, size);
    at += size;
    return size;
  }

  private boolean fill(long until) throws IOException {
    int size = receive(buffer, 0, BUFFER, until);
    at = 0;
    end = Math.max(0, size);
    return size > 0;
  }

  private int receive(byte[] into, int from, int length, long until) throws IOException {
    socket.setSoTimeout(millis(until));
    int size = in.read(into, from, length);
    answered |= size > 0;
    return size;
  }

  /**
   * Reads a line, without its end.
   *
   * @throws IOException when it is longer than allowed, too
   */
  String line(int maxBytes, long until) throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      if (at == end && !fill(until)) {
        throw new EOFException("the connection ended");
      }
      int start = at;
      while (at < end && buffer[at] != '\n') {
        at++;
      }
      line.append(new String(buffer, start, at - start, StandardCharsets.ISO_8859_1));
      if (line.length() > maxBytes) {
        throw new IOException("the head of the answer is too long");
      }
      if (at < end) {
        at++;
        int last = line.length() - 1;
        if (last >= 0 && line.charAt(last) == '\r') {
          line.setLength(last);
        }
        return line.toString();
      }
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It is dropped anyway.
    }
  }
}
