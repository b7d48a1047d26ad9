package spindrift.http;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A request for a resource.
 *
 * @param whole time for all of the answer; without it only stalls are bounded
 */
public record WebRequest(
    URI url, Map<String, String> headers, Credentials credentials, Optional<Duration> whole) {
  public WebRequest {
    headers = Map.copyOf(headers);
  }

  /** One for something small, which is read as a whole within a time. */
  public static WebRequest small(URI url, Credentials credentials, Duration time) {
    return new WebRequest(url, Map.of(), credentials, Optional.of(time));
  }

  /** One for something of any size, which is read as it comes. */
  public static WebRequest streamed(URI url, Credentials credentials) {
    return new WebRequest(url, Map.of(), credentials, Optional.empty());
  }

  public WebRequest withHeaders(Map<String, String> changed) {
    return new WebRequest(url, changed, credentials, whole);
  }

  WebRequest at(URI changed) {
    return new WebRequest(changed, headers, credentials, whole);
  }
}
