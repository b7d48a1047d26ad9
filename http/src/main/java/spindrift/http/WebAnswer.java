package spindrift.http;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;

/** The answer to a request; whoever asked closes it. For one thread, but for {@link #close}. */
public final class WebAnswer implements Closeable {
  /** Ours, bytes: what servers say beside a status is read rather than connected for again. */
  private static final int WORTH_READING = 8 << 10;

  private final int status;
  private final URI url;
  private final HttpHeaders headers;
  private final HttpClient.Version version;
  private final BodyStream body;

  WebAnswer(int status, URI url, HttpHeaders headers, HttpClient.Version version, BodyStream body) {
    this.status = status;
    this.url = url;
    this.headers = headers;
    this.version = version;
    this.body = body;
  }

  static WebAnswer of(HttpResponse<BodyStream> response) {
    return new WebAnswer(
        response.statusCode(),
        response.uri(),
        response.headers(),
        response.version(),
        // The JDK has none for the refusal of a proxy.
        Objects.requireNonNullElseGet(response.body(), BodyStream::empty));
  }

  public int status() {
    return status;
  }

  /** Where it came from in the end. */
  public URI url() {
    return url;
  }

  /** The first value of a field of the head. */
  public Optional<String> header(String name) {
    return headers.firstValue(name);
  }

  /** The protocol, as {@code HTTP_1_1} or {@code HTTP_2}. */
  public String protocol() {
    return version.name();
  }

  /** The media type in small letters, without parameters; empty where it is not told. */
  public String mediaType() {
    String type = header("Content-Type").orElse("");
    int parameters = type.indexOf(';');
    String bare = parameters < 0 ? type : type.substring(0, parameters);
    return bare.strip().toLowerCase(Locale.ROOT);
  }

  /** Bytes of the body where they are told. */
  public OptionalLong length() {
    return headers.firstValueAsLong("Content-Length");
  }

  /** Bytes of the body that have come over the network. */
  public long transferredBytes() {
    return body.transferred();
  }

  /**
   * The body as it is sent. Fails when it stalls, when it ends before its announced length, or when
   * this is closed.
   */
  public InputStream body() {
    return body;
  }

  /**
   * The whole body.
   *
   * @throws LimitExceededException when it is longer
   */
  public Bytes content(int maxBytes) throws IOException, LimitExceededException {
    if (length().orElse(0) > maxBytes) {
      throw new LimitExceededException("size of what " + url().getHost() + " answers", maxBytes);
    }
    byte[] content = body().readNBytes(maxBytes + 1);
    if (content.length > maxBytes) {
      throw new LimitExceededException("size of what " + url().getHost() + " answers", maxBytes);
    }
    return Bytes.owning(content);
  }

  /** Drops what has not come yet. */
  @Override
  public void close() {
    if (length().orElse(Long.MAX_VALUE) <= WORTH_READING) {
      body.finish();
    } else {
      body.close();
    }
  }
}
