package spindrift.substitute;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Mirrors over the HTTP client of the JDK. */
final class HttpClientMirror implements MirrorClient {
  /** Ours: for a head to come; whoever asks has the file's own URL to fall back to. */
  private static final Duration HEAD_TIME = Duration.ofSeconds(3);

  /** Ours: for the next bytes to come. */
  private static final Duration STALL_TIME = Duration.ofSeconds(20);

  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(HEAD_TIME)
          .followRedirects(HttpClient.Redirect.NORMAL)
          .build();

  @Override
  public OptionalLong size(URI file) throws IOException {
    HttpRequest request = HttpRequest.newBuilder(file).HEAD().timeout(HEAD_TIME).build();
    HttpResponse<Void> response = send(request, HttpResponse.BodyHandlers.discarding());
    return switch (response.statusCode()) {
      case 200 -> {
        OptionalLong length = response.headers().firstValueAsLong("Content-Length");
        if (length.isEmpty() || length.getAsLong() < 0) {
          throw new IOException(file + " does not say how long it is");
        }
        yield length;
      }
      case 403, 404, 410 -> OptionalLong.empty();
      default -> throw new IOException(file + " gives status " + response.statusCode());
    };
  }

  @Override
  public InputStream open(URI file, long from) throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder(file).timeout(HEAD_TIME);
    if (from > 0) {
      request.header("Range", "bytes=" + from + "-");
    }
    HttpResponse<InputStream> response =
        send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    InputStream body = new StallGuard(response.body());
    int status = response.statusCode();
    if (status == 206 && from > 0) {
      return body;
    }
    if (status != 200) {
      body.close();
      throw new IOException(file + " gives status " + status);
    }
    body.skipNBytes(from);
    return body;
  }

  private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
      throws IOException {
    try {
      return client.send(request, handler);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a mirror was asked");
    }
  }

  /** Closes a body from which a read waits too long, which ends the read. */
  private static final class StallGuard extends FilterInputStream {
    private volatile long readSince = Long.MAX_VALUE;
    private volatile boolean closed;
    private final Thread guard;

    StallGuard(InputStream in) {
      super(in);
      this.guard = Thread.ofVirtual().name("mirror stall guard").start(this::watch);
    }

    private void watch() {
      while (!closed) {
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
        long since = readSince;
        if (since != Long.MAX_VALUE && System.nanoTime() - since > STALL_TIME.toNanos()) {
          try {
            close();
          } catch (IOException e) {
            return; // it is of no use any more in either case
          }
        }
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      readSince = System.nanoTime();
      try {
        return super.read(buffer, offset, length);
      } finally {
        readSince = Long.MAX_VALUE;
      }
    }

    @Override
    public void close() throws IOException {
      closed = true;
      LockSupport.unpark(guard);
      super.close();
    }
  }
}
