package spindrift.upstream;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import spindrift.base.Excerpt;
import spindrift.http.Credentials;
import spindrift.http.RetryAfter;
import spindrift.http.WebAnswer;
import spindrift.http.WebClient;
import spindrift.http.WebRequest;

/**
 * The files of a binary cache over HTTP: what its statuses mean. Safe for use by several threads.
 */
final class UpstreamFiles implements Closeable {
  private static final int OK = 200;
  private static final int PARTIAL = 206;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  private final URI base;
  private final WebClient client;
  private final Credentials credentials;

  /**
   * @param base of the cache, without a slash at the end
   * @param client is closed with this
   */
  UpstreamFiles(URI base, WebClient client, Credentials credentials) {
    this.base = base;
    this.client = client;
    this.credentials = credentials;
  }

  /** Asks for a small file; the caller closes the answer. */
  Optional<WebAnswer> small(String path, Duration timeout) throws IOException {
    return present(client.get(WebRequest.small(url(path), credentials, timeout)));
  }

  /** Asks for a file of any size from an offset, of which the server may make nothing. */
  Optional<WebAnswer> streamed(String path, long from) throws IOException {
    WebRequest request = WebRequest.streamed(url(path), credentials);
    return present(client.get(from == 0 ? request : ranged(request, from + "-")));
  }

  /** As {@link #streamed}, up to an offset, so that the connection can be used again. */
  Optional<WebAnswer> part(String path, long from, long to) throws IOException {
    WebRequest request = WebRequest.streamed(url(path), credentials);
    return present(client.get(ranged(request, from + "-" + (to - 1))));
  }

  private static WebRequest ranged(WebRequest request, String range) {
    return request.withHeaders(Map.of("Range", "bytes=" + range));
  }

  /** Where a file is, relative to the cache or elsewhere altogether, as Nix has it. */
  private URI url(String path) throws IOException {
    try {
      return path.matches("https?://.*")
          ? URI.create(path)
          : URI.create(base + "/" + path.replaceFirst("^/+", ""));
    } catch (IllegalArgumentException e) {
      throw new IOException("no URL: " + Excerpt.of(path));
    }
  }

  private static Optional<WebAnswer> present(WebAnswer answer) throws IOException {
    int status = answer.status();
    if (status == OK || status == PARTIAL || status == RANGE_NOT_SATISFIABLE) {
      return Optional.of(answer);
    }
    answer.close();
    String said = answer.url().getHost() + " answered " + status;
    return switch (status) {
      case 403, 404, 410 -> Optional.empty();
      case 401 ->
          throw new IOException(
              said + ": it wants to know who asks; set netrc or bearer-token-file for it");
      case 407 ->
          throw new IOException(
              "the proxy wants to know who asks: put USER:PASSWORD@ into its URL");
      case 429, 503 ->
          throw new BusyException(
              said,
              answer
                  .header("Retry-After")
                  .flatMap(value -> RetryAfter.parse(value, Instant.now())));
      default -> throw new IOException(said);
    };
  }

  @Override
  public void close() {
    client.close();
  }
}
