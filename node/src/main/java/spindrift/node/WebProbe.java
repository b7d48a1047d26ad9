package spindrift.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import spindrift.base.Bytes;

/** Small requests of the doctor's, each under a deadline. */
final class WebProbe {
  /** Ours: nothing that the doctor reads is larger. */
  static final int MAX_BYTES = 8 << 20;

  private final Duration timeout;

  WebProbe(Duration timeout) {
    this.timeout = timeout;
  }

  /**
   * What came back.
   *
   * @param date the field of that name, as it was sent
   */
  record Answer(int status, Bytes body, Optional<String> date, Duration took) {}

  /** Gets something; at most {@link #MAX_BYTES} of it. */
  Answer get(String url) throws IOException {
    long start = System.nanoTime();
    try (HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(timeout)
            .build()) {
      HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(timeout).build();
      HttpResponse<InputStream> response =
          client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      try (InputStream body = response.body()) {
        Bytes bytes = Bytes.owning(body.readNBytes(MAX_BYTES));
        Optional<String> date = response.headers().firstValue("Date");
        return new Answer(response.statusCode(), bytes, date, took);
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(url + " is no URL to ask: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /** Why something failed, in words. */
  static String why(IOException e) {
    Throwable cause = e;
    while (cause.getMessage() == null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    String said = cause.getMessage();
    return said == null ? cause.getClass().getSimpleName().replace("Exception", "") : said;
  }
}
