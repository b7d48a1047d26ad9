package spindrift.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * A request over HTTP/1.1 without TLS, by the JDK's older client: one thread that blocks, where the
 * newer one hands each step on to another, which is most of what a small file costs. Whoever gives
 * it up interrupts that thread, which closes the connection: so it has to be a virtual one. A
 * request whose connection ends before the answer begins is sent once more, on another.
 */
final class PlainExchange implements Flow.Subscription {
  /** Ours, bytes: a small body that has come with its head is handed over with it. */
  private static final int AT_ONCE = 8 << 10;

  private static final int PIECE = 16 << 10;

  /** Ours: more pieces than anybody waits for. */
  private static final int MUCH = 1 << 20;

  private final WebRequest request;
  private final Map<String, String> headers;
  private final WebSettings settings;
  private final BodyStream body;
  private final CompletableFuture<WebAnswer> answer = new CompletableFuture<>();
  private final Semaphore wanted = new Semaphore(0);
  private volatile @Nullable Future<?> running;

  static {
    // What the older client keeps open to one server: by default 5 connections, for 5 seconds.
    setUnlessSet("http.maxConnections", "64");
    setUnlessSet("http.keepAlive.time.server", "30");
    NoTickets.showToAnybody();
  }

  private static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  /**
   * @param headers all that are sent beside those of the connection
   * @param body is given what comes
   */
  PlainExchange(
      WebRequest request, Map<String, String> headers, WebSettings settings, BodyStream body) {
    this.request = request;
    this.headers = Map.copyOf(headers);
    this.settings = settings;
    this.body = body;
  }

  /**
   * Begins.
   *
   * @param threads virtual ones
   * @return the answer, once its head has come
   */
  Future<WebAnswer> start(ExecutorService threads) throws IOException {
    try {
      running = threads.submit(this::run);
    } catch (RejectedExecutionException e) {
      throw new IOException("closed", e);
    }
    return answer;
  }

  private void run() {
    try {
      receive(open());
    } catch (IOException | RuntimeException e) {
      fail(e);
    } catch (InterruptedException e) {
      fail(new IOException("closed", e));
    } catch (Error e) {
      fail(new IOException("a mistake in asking", e));
      throw e;
    }
  }

  private void fail(Exception why) {
    if (!answer.completeExceptionally(why)) {
      body.onError(why);
    }
  }

  private HttpURLConnection open() throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) request.url().toURL().openConnection(Proxy.NO_PROXY);
    connection.setRequestMethod(request.method().name());
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setConnectTimeout(millis(settings.connect()));
    // Whoever waits for the answer gives up earlier; this is for when nobody does.
    connection.setReadTimeout(millis(settings.firstByte().plus(settings.stall())));
    headers.forEach(connection::setRequestProperty);
    return connection;
  }

  private static int millis(Duration time) {
    return Math.clamp(time.toMillis(), 1, Integer.MAX_VALUE);
  }

  private void receive(HttpURLConnection connection) throws IOException, InterruptedException {
    int status = connection.getResponseCode();
    HttpHeaders fields = headers(connection, status);
    long length = length(fields, status);
    WebAnswer head =
        new WebAnswer(status, request.url(), fields, HttpClient.Version.HTTP_1_1, body);
    try (InputStream in = content(connection, status)) {
      body.onSubscribe(this);
      if (length <= AT_ONCE && in.available() >= length) {
        request(MUCH);
        receive(in, length);
        answer.complete(head);
      } else {
        answer.complete(head);
        receive(in, length);
      }
    }
  }

  private static HttpHeaders headers(HttpURLConnection connection, int status) {
    Map<String, List<String>> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    if (status < HttpURLConnection.HTTP_BAD_REQUEST) {
      // The first is the status line.
      String value = connection.getHeaderField(1);
      for (int at = 1; value != null; at++, value = connection.getHeaderField(at)) {
        add(fields, connection.getHeaderFieldKey(at), value);
      }
    } else {
      // Asking for each of them would cost the connection an exception each time.
      connection
          .getHeaderFields()
          .forEach((name, values) -> values.forEach(value -> add(fields, name, value)));
    }
    return HttpHeaders.of(fields, (_, _) -> true);
  }

  private static void add(Map<String, List<String>> fields, @Nullable String name, String value) {
    if (name != null && !name.isBlank()) {
      fields.computeIfAbsent(name.strip(), _ -> new ArrayList<>()).add(value.strip());
    }
  }

  /** Bytes of the body; more than there can be where that is not told. */
  private long length(HttpHeaders fields, int status) throws IOException {
    try {
      long told = fields.firstValueAsLong("Content-Length").orElse(Long.MAX_VALUE);
      if (told < 0) {
        throw new IOException("the answer has a length below zero");
      }
      boolean isEmpty =
          request.method() == WebRequest.Method.HEAD
              || status == HttpURLConnection.HTTP_NO_CONTENT
              || status == HttpURLConnection.HTTP_NOT_MODIFIED;
      boolean isTold = fields.firstValue("Transfer-Encoding").isEmpty();
      return isEmpty ? 0 : isTold ? told : Long.MAX_VALUE;
    } catch (NumberFormatException e) {
      throw new IOException("the answer has a length that is no number", e);
    }
  }

  private static InputStream content(HttpURLConnection connection, int status) throws IOException {
    if (status < HttpURLConnection.HTTP_BAD_REQUEST) {
      return connection.getInputStream();
    }
    InputStream error = connection.getErrorStream();
    return error == null ? InputStream.nullInputStream() : error;
  }

  private void receive(InputStream in, long length) throws IOException, InterruptedException {
    long received = 0;
    while (true) {
      wanted.acquire();
      byte[] piece = new byte[Math.clamp(length - received, 1, PIECE)];
      int count = in.read(piece);
      if (count < 0) {
        break;
      }
      received += count;
      body.onNext(List.of(ByteBuffer.wrap(piece, 0, count)));
    }
    if (length != Long.MAX_VALUE && received < length) {
      throw new IOException("it ended after " + received + " of " + length + " bytes");
    }
    body.onComplete();
  }

  @Override
  public void request(long pieces) {
    wanted.release((int) Math.min(pieces, MUCH));
  }

  @Override
  public void cancel() {
    Future<?> thread = running;
    if (thread != null) {
      thread.cancel(true);
    }
  }
}
