package spindrift.http;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Asks servers without TLS and without a proxy between, over HTTP/1.1: a binary cache on the same
 * network, mostly. The JDK's client takes several times the processor time for each small file.
 * Connections are kept for some time. Safe for use by several threads.
 */
final class PlainClient implements Closeable {
  /** As long as the JDK's client keeps them; a server that ends one before is asked again. */
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** Ours: as many as one server is asked at once. */
  private static final int MAX_IDLE = 64;

  private static final int USUAL_PORT = 80;

  private final WebSettings settings;
  private final Map<String, Deque<Idle>> idle = new HashMap<>();
  private final Set<PlainConnection> busy = new HashSet<>();
  private boolean watched;
  private boolean closed;

  private record Idle(PlainConnection connection, long since) {}

  PlainClient(WebSettings settings) {
    this.settings = settings;
  }

  /**
   * Asks, and waits for the head of the answer.
   *
   * @param fields of the request beside those that each has
   * @throws IOException the reason, without the place
   */
  WebAnswer ask(WebRequest request, Map<String, String> fields, long deadline) throws IOException {
    URI url = request.url();
    String head = head(request, fields);
    Optional<PlainConnection> kept = kept(url.getRawAuthority());
    if (kept.isPresent()) {
      Optional<WebAnswer> answer = asked(kept.get(), request, head, deadline, true);
      if (answer.isPresent()) {
        return answer.get();
      }
    }
    long now = System.nanoTime();
    long until = now + Math.min(settings.connect().toNanos(), deadline - now);
    int port = url.getPort() < 0 ? USUAL_PORT : url.getPort();
    PlainConnection fresh = PlainConnection.open(url.getHost(), port, until);
    begun(fresh);
    return asked(fresh, request, head, deadline, false).orElseThrow();
  }

  private static String head(WebRequest request, Map<String, String> fields) throws IOException {
    URI url = URI.create(request.url().toASCIIString());
    String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    String host = url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
    StringBuilder head = new StringBuilder(256);
    head.append(request.method()).append(' ').append(path).append(query).append(" HTTP/1.1\r\n");
    head.append("Host: ").append(host).append("\r\n");
    for (Map.Entry<String, String> field : fields.entrySet()) {
      if (field.getValue().chars().anyMatch(letter -> letter < ' ' || letter > '~')) {
        throw new IOException("the field " + field.getKey() + " cannot be sent");
      }
      head.append(field.getKey()).append(": ").append(field.getValue()).append("\r\n");
    }
    return head.append("\r\n").toString();
  }

  /** The answer; empty when the server had ended a connection that was kept. */
  private Optional<WebAnswer> asked(
      PlainConnection connection, WebRequest request, String head, long deadline, boolean wasKept)
      throws IOException {
    try {
      long now = System.nanoTime();
      long until = now + Math.min(settings.firstByte().toNanos(), deadline - now);
      connection.send(head);
      AnswerHead answer = AnswerHead.read(connection, until);
      return Optional.of(answer(connection, request, answer, deadline));
    } catch (IOException e) {
      drop(connection);
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("asking was given up");
      }
      if (!wasKept
          || connection.isAnswered()
          || e instanceof SocketTimeoutException
          || isClosed()) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private WebAnswer answer(
      PlainConnection connection, WebRequest request, AnswerHead head, long deadline)
      throws IOException {
    PlainBody.Framing framing;
    long length = 0;
    if (head.isBodiless(request.method())) {
      framing = PlainBody.Framing.LENGTH;
    } else if (head.isChunked()) {
      framing = PlainBody.Framing.CHUNKS;
    } else {
      length = head.length();
      framing = length < 0 ? PlainBody.Framing.END_OF_CONNECTION : PlainBody.Framing.LENGTH;
    }
    Owner owner = new Owner(request.url().getRawAuthority(), head.staysOpen());
    PlainBody body = new PlainBody(connection, framing, length, owner, settings.stall(), deadline);
    return new WebAnswer(head.status(), request.url(), head::field, "HTTP_1_1", body);
  }

  private synchronized Optional<PlainConnection> kept(String origin) {
    Deque<Idle> waiting = idle.getOrDefault(origin, new ArrayDeque<>());
    Idle last = waiting.pollLast();
    if (last == null || closed) {
      return Optional.empty();
    }
    busy.add(last.connection);
    return Optional.of(last.connection);
  }

  private synchronized void begun(PlainConnection connection) throws IOException {
    if (closed) {
      connection.close();
      throw new IOException("closed");
    }
    busy.add(connection);
  }

  private void drop(PlainConnection connection) {
    synchronized (this) {
      busy.remove(connection);
    }
    connection.close();
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private synchronized void keep(String origin, PlainConnection connection) {
    busy.remove(connection);
    Deque<Idle> waiting = idle.computeIfAbsent(origin, name -> new ArrayDeque<>());
    if (closed || waiting.size() == MAX_IDLE) {
      connection.close();
      return;
    }
    waiting.add(new Idle(connection, System.nanoTime()));
    if (!watched) {
      watched = true;
      Thread.ofVirtual().name("idle connections").start(this::watch);
    }
  }

  /** Keeps the connection to an origin, unless the server said that it ends. */
  private final class Owner implements PlainBody.Owner {
    private final String origin;
    private final boolean staysOpen;

    Owner(String origin, boolean staysOpen) {
      this.origin = origin;
      this.staysOpen = staysOpen;
    }

    @Override
    public void isFree(PlainConnection connection) {
      if (staysOpen) {
        keep(origin, connection);
      } else {
        drop(connection);
      }
    }

    @Override
    public void isOver(PlainConnection connection) {
      drop(connection);
    }
  }

  /** Closes what was not used for long. */
  private synchronized void watch() {
    try {
      while (!closed && !idle.isEmpty()) {
        TimeUnit.NANOSECONDS.timedWait(this, IDLE_NANOS / 2);
        long now = System.nanoTime();
        for (Deque<Idle> waiting : idle.values()) {
          waiting.removeIf(one -> isOld(one, now));
        }
        idle.values().removeIf(Deque::isEmpty);
      }
      watched = false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isOld(Idle one, long now) {
    boolean isOld = now - one.since >= IDLE_NANOS;
    if (isOld) {
      one.connection.close();
    }
    return isOld;
  }

  /** Ends what is under way. */
  @Override
  public void close() {
    List<PlainConnection> open = new ArrayList<>();
    synchronized (this) {
      closed = true;
      open.addAll(busy);
      idle.values().forEach(waiting -> waiting.forEach(one -> open.add(one.connection)));
      idle.clear();
      busy.clear();
      notifyAll();
    }
    open.forEach(PlainConnection::close);
  }
}
