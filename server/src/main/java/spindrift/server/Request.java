package spindrift.server;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import spindrift.base.LimitExceededException;

/** A request whose head has been read. For the thread that {@link Handler} was called on. */
public final class Request {
  private final ServerRequest request;
  private final String path;
  private final long contentLength;
  private @Nullable RequestBody body;

  Request(ServerRequest request, String path, long contentLength) {
    this.request = request;
    this.path = path;
    this.contentLength = contentLength;
  }

  /** The method in upper case, as sent. */
  public String method() {
    return request.prologue().method().text();
  }

  /**
   * The path, percent-decoded once: begins with a slash, and no segment is empty (but for the last,
   * and in what asks for a file by its hash), {@code .} or {@code ..}. Each character is one byte,
   * since a file name need not be text.
   */
  public String path() {
    return path;
  }

  /** The value of the first parameter of this name in the query, decoded. */
  public Optional<String> parameter(String name) {
    return request.query().first(name).asOptional();
  }

  /** The first value of a header field, by its name in any case. */
  public Optional<String> field(String name) {
    HeaderName known = HeaderNames.create(name.toLowerCase(Locale.ROOT), name);
    return request.headers().first(known);
  }

  /** The length of the body, 0 where there is none. */
  public long contentLength() {
    return contentLength;
  }

  /**
   * The body, to be read once; a client that waits to be asked for it ({@code Expect:
   * 100-continue}) is asked at the first read. It ends after {@link #contentLength} bytes, and a
   * client that stops earlier makes reads throw. Need not be closed or read to its end.
   *
   * @throws LimitExceededException at once, before the client sends anything that it was told to
   *     wait with, when the body is longer than {@code maxBytes}
   */
  public InputStream body(long maxBytes) throws LimitExceededException {
    if (contentLength > maxBytes) {
      throw new LimitExceededException("the size of this upload", maxBytes);
    }
    if (body == null) {
      body = new RequestBody(request.content().inputStream(), contentLength);
    }
    return body;
  }

  /** Whether bytes of the body are still to come. */
  boolean bodyPending() {
    return contentLength > 0 && (body == null || body.remaining() > 0);
  }
}
