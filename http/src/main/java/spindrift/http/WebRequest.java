package spindrift.http;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A request for a resource.
 *
 * @param method what is asked for
 * @param whole time for all of the answer; without it only stalls are bounded
 */
public record WebRequest(
    URI url,
    Method method,
    Map<String, String> headers,
    Credentials credentials,
    Optional<Duration> whole) {
  /** What is asked for. */
  public enum Method {
    GET,
    /** The head of the answer alone. */
    HEAD
  }

  public WebRequest {
    headers = Map.copyOf(headers);
  }

  /** One for something small, which is read as a whole within a time. */
  public static WebRequest small(URI url, Credentials credentials, Duration time) {
    return new WebRequest(url, Method.GET, Map.of(), credentials, Optional.of(time));
  }

  /** One for something of any size, which is read as it comes. */
  public static WebRequest streamed(URI url, Credentials credentials) {
    return new WebRequest(url, Method.GET, Map.of(), credentials, Optional.empty());
  }

  /** One for the head of an answer within a time. */
  public static WebRequest head(URI url, Credentials credentials, Duration time) {
    return new WebRequest(url, Method.HEAD, Map.of(), credentials, Optional.of(time));
  }

  public WebRequest withHeaders(Map<String, String> changed) {
    return new WebRequest(url, method, changed, credentials, whole);
  }

  WebRequest at(URI changed) {
    return new WebRequest(changed, method, headers, credentials, whole);
  }
}
