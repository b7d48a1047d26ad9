package spindrift.server;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * An HTTP/1.1 server that is listening. Whoever starts it closes it.
 *
 * <p>A request line over 8 KiB is answered with 414, headers over 32 KiB with 431, a malformed head
 * with 400, an upload without Content-Length with 411.
 */
public final class HttpServer implements AutoCloseable {
  /**
   * Bytes of a request line: Nix's are under 200; the gateway's carry a path inside a store object.
   */
  private static final int MAX_REQUEST_LINE = 8 * 1024;

  /** How often stalled clients are looked for, at the least. */
  private static final Duration REAP_PERIOD = Duration.ofSeconds(5);

  /** How long responses under way may take to finish when the server closes. */
  private static final Duration GRACE = Duration.ofMillis(500);

  private final WebServer server;

  private HttpServer(WebServer server) {
    this.server = server;
  }

  /**
   * Listens, and answers every request with {@code handler}.
   *
   * @throws UncheckedIOException when the address cannot be had
   */
  public static HttpServer start(HttpSettings settings, Handler handler) {
    AcceptedChannels channels = new AcceptedChannels();
    WebServer server =
        WebServer.builder()
            .host(settings.host())
            .port(settings.port())
            .shutdownHook(false)
            .featuresDiscoverServices(false)
            .protocolsDiscoverServices(false)
            .contentEncoding(
                ContentEncodingContext.builder().contentEncodingsDiscoverServices(false).build())
            .maxTcpConnections(settings.maxConnections())
            .connectionOptions(channels)
            .addConnectionSelector(new WireConnection.Selector(settings, channels, http1()))
            // The watch of a connection says how overdue it is, so anything above zero is too much.
            .idleConnectionTimeout(Duration.ZERO)
            .idleConnectionPeriod(reapPeriod(settings))
            .shutdownGracePeriod(GRACE)
            // Bodies are gathered elsewhere; here a buffer would only delay heads.
            .writeBufferSize(0)
            .directHandlers(directHandlers())
            .routing(routing -> routing.addFilter(new Dispatcher(handler)))
            .build()
            .start();
    // Helidon logs that an address is taken, and goes on without a listener.
    if (!server.isRunning() || server.port() <= 0) {
      server.stop();
      throw new UncheckedIOException(new BindException("the address is in use or not ours"));
    }
    return new HttpServer(server);
  }

  /** The port it listens on. */
  public int port() {
    return server.port();
  }

  /** Stops listening, and ends every connection after a short grace. */
  @Override
  public void close() {
    server.stop();
  }

  private static Duration reapPeriod(HttpSettings settings) {
    return Stream.of(REAP_PERIOD, settings.keepAlive(), settings.headTime(), settings.stallTime())
        .min(Comparator.naturalOrder())
        .orElseThrow();
  }

  private static ServerConnectionSelector http1() {
    return Http1ConnectionSelector.builder()
        .config(
            Http1Config.builder()
                .maxPrologueLength(MAX_REQUEST_LINE)
                // The wire stops reading long before this, with a clearer status.
                .maxHeadersSize(4 * Wire.MAX_HEAD_BYTES)
                // Paths and queries are judged by PercentPath and the handlers, more strictly.
                .validatePath(false)
                .validatePrologue(false)
                .validateRequestHeaders(true)
                // Reply checks the values that it is given.
                .validateResponseHeaders(false)
                .sendKeepAliveHeader(false)
                .build())
        .build();
  }

  /** Errors in heads: the status and nothing of what the client sent. */
  private static DirectHandlers directHandlers() {
    DirectHandler plain =
        (request, type, status, headers, message) ->
            DirectHandler.TransportResponse.builder()
                .status(status)
                .headers(headers)
                .entity((reason(request, status) + "\n").getBytes(StandardCharsets.US_ASCII))
                .keepAlive(false)
                .build();
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
      handlers.addHandler(type, plain);
    }
    return handlers.build();
  }

  /** Encoded bodies are turned down before any handler sees them. */
  private static String reason(DirectHandler.TransportRequest request, Status status) {
    return request.headers().contains(HeaderNames.CONTENT_ENCODING)
        ? status.text()
            + ": Content-Encoding is not supported; push without narinfo-, ls- and log-compression"
        : status.text();
  }
}
