package spindrift.substitute;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import spindrift.http.Credentials;
import spindrift.http.WebAnswer;
import spindrift.http.WebClient;
import spindrift.http.WebRequest;

/** Mirrors as all other servers are asked, through the same proxies. */
final class WebMirrorClient implements MirrorClient {
  /** Ours: for a head to come; whoever asks has the file's own URL to fall back to. */
  private static final Duration HEAD_TIME = Duration.ofSeconds(3);

  /** Ours: how long a server that did not answer is not asked, so that others need not wait. */
  private static final Duration QUIET_TIME = Duration.ofSeconds(30);

  private static final int OK = 200;
  private static final int PARTIAL = 206;

  private final WebClient client;
  private final Credentials credentials;

  /** By authority, of which there are as many as mirrors; when they may be asked again. */
  private final Map<String, Long> quietUntil = new ConcurrentHashMap<>();

  /**
   * @param client is for its owner to close
   */
  WebMirrorClient(WebClient client, Credentials credentials) {
    this.client = client;
    this.credentials = credentials;
  }

  @Override
  public OptionalLong size(URI file) throws IOException {
    try (WebAnswer answer = ask(file)) {
      return switch (answer.status()) {
        case OK -> {
          if (answer.length().orElse(-1) < 0) {
            throw new IOException(file + " does not say how long it is");
          }
          yield answer.length();
        }
        case 403, 404, 410 -> OptionalLong.empty();
        default -> throw new IOException(file + " gives status " + answer.status());
      };
    }
  }

  private WebAnswer ask(URI file) throws IOException {
    String server = file.getRawAuthority();
    Long quiet = quietUntil.get(server);
    if (quiet != null && quiet - System.nanoTime() > 0) {
      throw new IOException(file.getHost() + " did not answer lately");
    }
    try {
      return client.get(WebRequest.head(file, credentials, HEAD_TIME));
    } catch (IOException e) {
      quietUntil.put(server, System.nanoTime() + QUIET_TIME.toNanos());
      throw e;
    }
  }

  @Override
  public InputStream open(URI file, long from) throws IOException {
    WebRequest request = WebRequest.streamed(file, credentials);
    WebAnswer answer =
        client.get(
            from == 0 ? request : request.withHeaders(Map.of("Range", "bytes=" + from + "-")));
    if (answer.status() == PARTIAL && from > 0) {
      return answer.body();
    }
    if (answer.status() != OK) {
      answer.close();
      throw new IOException(file + " gives status " + answer.status());
    }
    try {
      answer.body().skipNBytes(from);
    } catch (IOException | RuntimeException e) {
      answer.close();
      throw e;
    }
    return answer.body();
  }
}
