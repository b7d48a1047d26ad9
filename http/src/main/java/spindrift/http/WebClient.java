package spindrift.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks servers of others, once each: whether to ask again is for others to decide. Connections are
 * used again. What is small goes over HTTP/2 where TLS offers it, many at once on a connection, and
 * without TLS and proxy by the JDK's older client, which is the quicker one for that; what is
 * streamed goes over HTTP/1.1, so that one that nobody reads for a while holds up nothing but
 * itself. Safe for use by several threads.
 */
public final class WebClient implements AutoCloseable {
  /** Ours; five are more than any known cache needs. */
  private static final int MAX_REDIRECTS = 5;

  private static final Duration CLOSING = Duration.ofSeconds(2);
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  static {
    // Without this the JDK does not log in at a proxy for HTTPS; it is read once, and only there.
    if (System.getProperty("jdk.http.auth.tunneling.disabledSchemes") == null) {
      System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
    }
  }

  private final WebSettings settings;
  private final ProxyRules proxies;
  private final ExecutorService threads;
  private final HttpClient client;

  private WebClient(WebSettings settings) throws IOException {
    this.settings = settings;
    this.proxies = new ProxyRules(settings.environment());
    this.threads = Executors.newVirtualThreadPerTaskExecutor();
    this.client =
        HttpClient.newBuilder()
            .connectTimeout(settings.connect())
            .followRedirects(HttpClient.Redirect.NEVER)
            .executor(threads)
            .proxy(proxies)
            .sslContext(TlsSetup.context(settings))
            .build();
  }

  /**
   * Opens a client; the caller closes it.
   *
   * @throws IOException when a file of certificates cannot be used
   */
  public static WebClient open(WebSettings settings) throws IOException {
    return new WebClient(settings);
  }

  /**
   * Asks, and waits for the head of the answer, whatever its status but a redirect, which is
   * followed.
   *
   * @throws IOException when there is none in time, or none that can be used
   */
  public WebAnswer get(WebRequest request) throws IOException {
    long deadline = deadline(request);
    WebRequest current = request;
    for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
      WebAnswer answer = ask(current, deadline);
      Optional<String> location = answer.header("Location");
      if (!REDIRECTS.contains(answer.status()) || location.isEmpty()) {
        return answer;
      }
      answer.close();
      current = current.at(target(current.url(), location.get()));
    }
    throw new IOException("more than " + MAX_REDIRECTS + " redirects from " + place(request.url()));
  }

  private static long deadline(WebRequest request) {
    // Far enough, and its difference to now is still a long.
    long span = request.whole().map(Duration::toNanos).orElse(Long.MAX_VALUE / 4);
    return System.nanoTime() + span;
  }

  private static URI target(URI from, String location) throws IOException {
    URI target;
    try {
      target = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new IOException(place(from) + " redirects to what is no URL");
    }
    String scheme = String.valueOf(target.getScheme());
    boolean weaker = "https".equals(from.getScheme()) && scheme.equals("http");
    if (target.getHost() == null || weaker || !scheme.matches("https?")) {
      throw new IOException(place(from) + " redirects to " + scheme + ", which is refused");
    }
    return target;
  }

  private WebAnswer ask(WebRequest request, long deadline) throws IOException {
    proxies.requireUsable(request.url());
    BodyStream body = new BodyStream(settings.stall(), deadline);
    long patience =
        Math.min(
            settings.connect().plus(settings.firstByte()).toNanos(), deadline - System.nanoTime());
    if (isPlain(request)) {
      PlainExchange exchange = new PlainExchange(request, headers(request), settings, body);
      return await(exchange.start(threads), patience, request, exchange::cancel);
    }
    CompletableFuture<HttpResponse<BodyStream>> pending;
    try {
      pending = client.sendAsync(http(request), _ -> body);
    } catch (IllegalArgumentException e) {
      throw new IOException("no URL to ask: " + e.getMessage(), e);
    }
    return WebAnswer.of(await(pending, patience, request, () -> abandon(pending)));
  }

  /** Whether it is small, and goes over a connection to the server itself that is not encrypted. */
  private boolean isPlain(WebRequest request) {
    URI url = request.url();
    return request.whole().isPresent()
        && "http".equals(url.getScheme())
        && url.getHost() != null
        && proxies.proxy(url).isEmpty();
  }

  private static <T> T await(Future<T> pending, long nanos, WebRequest request, Runnable abandon)
      throws IOException {
    try {
      return pending.get(nanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      abandon.run();
      throw new IOException(place(request.url()) + " did not answer in time", e);
    } catch (InterruptedException e) {
      abandon.run();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("asking was given up");
    } catch (CancellationException e) {
      throw new IOException("closed", e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(place(request.url()) + ": " + reason(cause), cause);
    }
  }

  /** What comes all the same is dropped. */
  private static void abandon(CompletableFuture<HttpResponse<BodyStream>> pending) {
    if (!pending.cancel(true)) {
      var _ = pending.thenAccept(response -> WebAnswer.of(response).close());
    }
  }

  private static String reason(Throwable cause) {
    String message = cause.getMessage();
    return message == null || message.isEmpty() ? cause.getClass().getSimpleName() : message;
  }

  private HttpRequest http(WebRequest request) {
    boolean multiplexed = request.whole().isPresent() && "https".equals(request.url().getScheme());
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(request.url())
            .version(multiplexed ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1);
    headers(request).forEach(builder::setHeader);
    return switch (request.method()) {
      case GET -> builder.GET().build();
      case HEAD -> builder.HEAD().build();
    };
  }

  private Map<String, String> headers(WebRequest request) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("User-Agent", "spindrift");
    headers.put("Accept-Encoding", "identity");
    headers.putAll(request.headers());
    request
        .credentials()
        .authorization(request.url())
        .ifPresent(value -> headers.put("Authorization", value));
    proxies
        .login(request.url())
        .ifPresent(login -> headers.put("Proxy-Authorization", login.basic()));
    return headers;
  }

  /** What messages call a URL: its query may be a secret. */
  private static String place(URI url) {
    String port = url.getPort() < 0 ? "" : ":" + url.getPort();
    return url.getScheme() + "://" + url.getHost() + port + url.getRawPath();
  }

  /** Ends what is under way. */
  @Override
  public void close() {
    client.shutdownNow();
    try {
      client.awaitTermination(CLOSING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    threads.shutdownNow();
  }
}
