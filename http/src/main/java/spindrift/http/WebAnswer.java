package spindrift.http;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;

/** The answer to a request; whoever asked closes it. For one thread, but for {@link #close}. */
public final class WebAnswer implements Closeable {
  private final int status;
  private final URI url;
  private final Function<String, Optional<String>> fields;
  private final String protocol;
  private final AnswerBody body;

  /**
   * @param fields the first value of each
   */
  WebAnswer(
      int status,
      URI url,
      Function<String, Optional<String>> fields,
      String protocol,
      AnswerBody body) {
    this.status = status;
    this.url = url;
    this.fields = fields;
    this.protocol = protocol;
    this.body = body;
  }

  static WebAnswer of(HttpResponse<BodyStream> response) {
    return new WebAnswer(
        response.statusCode(),
        response.uri(),
        response.headers()::firstValue,
        response.version().name(),
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
    return fields.apply(name);
  }

  /** The protocol, as {@code HTTP_1_1} or {@code HTTP_2}. */
  public String protocol() {
    return protocol;
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
    return header("Content-Length")
        .filter(length -> length.matches("[0-9]{1,18}"))
        .map(length -> OptionalLong.of(Long.parseLong(length)))
        .orElse(OptionalLong.empty());
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
    body.close();
  }
}
