package spindrift.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.RefusedException;

final class HostileClientTest {
  private static final Reply FINE = Reply.text(200, "fine");

  /** What became of handlers that read an upload. */
  private final BlockingQueue<String> outcomes = new LinkedBlockingQueue<>();

  private HttpServer server = HttpServer.start(HttpSettings.loopback(0), request -> FINE);

  @AfterEach
  void stop() {
    server.close();
  }

  private void restart(HttpSettings settings, Handler handler) {
    server.close();
    server = HttpServer.start(settings, handler);
  }

  private void restart(Handler handler) {
    restart(HttpSettings.loopback(0), handler);
  }

  /** Sends {@code good} bytes of the {@code size} that it says it has, then fails. */
  private record FailingSource(long size, long good) implements ByteSource {
    @Override
    public void writeTo(ByteTarget sink, long from, long to) throws IOException, FaultException {
      for (long at = from; at < good; at += 1000) {
        int piece = (int) Math.min(1000, good - at);
        sink.write(new byte[piece], 0, piece);
      }
      throw new RefusedException("no more of this");
    }
  }

  @Test
  void cutsTheConnectionWhenABodyFailsMidWay() throws IOException {
    restart(request -> Reply.ok("x/y", new FailingSource(1_000_000, 600_000)));
    try (RawClient client = new RawClient(server)) {
      assertThatThrownBy(() -> client.get("/")).isInstanceOf(EOFException.class);
    }
  }

  @Test
  void turnsABodyThatFailsBeforeItsFirstBytesIntoAnError() throws IOException {
    restart(request -> Reply.ok("x/y", new FailingSource(1_000_000, 1000)).with("ETag", "\"x\""));
    try (RawClient client = new RawClient(server)) {
      RawClient.Answer answer = client.get("/");
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).isEqualTo("no more of this\n");
      assertThat(answer.field("ETag")).isEmpty();
      assertThat(client.get("/").status()).isEqualTo(403);
    }
  }

  @Test
  void cutsTheConnectionWhenAFileIsShorterThanPromised(@TempDir Path directory) throws IOException {
    Path file = Files.write(directory.resolve("f"), new byte[500_000]);
    restart(request -> Reply.ok("x/y", Fixtures.ofFile(file, 0, 500_001)));
    try (RawClient client = new RawClient(server)) {
      assertThatThrownBy(() -> client.get("/")).isInstanceOf(EOFException.class);
    }
  }

  /** A source that breaks its promise by {@code error} bytes, without a word. */
  private record LyingSource(long size, int error) implements ByteSource {
    @Override
    public void writeTo(ByteTarget sink, long from, long to) throws IOException {
      int length = (int) (to - from) + error;
      sink.write(new byte[length], 0, length);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-400_000, -1, 1})
  void neverEndsABodyOfTheWrongLengthCleanly(int error) throws IOException {
    restart(request -> Reply.ok("x/y", new LyingSource(500_000, error)));
    try (RawClient client = new RawClient(server)) {
      try {
        assertThat(client.get("/").status()).isEqualTo(404);
      } catch (EOFException e) {
        assertThat(e).hasMessageContaining("early");
      }
    }
  }

  @Test
  void survivesClientsThatLeaveMidWay() throws IOException {
    restart(request -> Reply.ok("x/y", Fixtures.zeros(50_000_000)));
    for (int i = 0; i < 20; i++) {
      try (RawClient client = new RawClient(server)) {
        client.socket.setSoLinger(true, 0);
        client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(client.closed()).isFalse();
      }
    }
    try (RawClient client = new RawClient(server)) {
      assertThat(client.get("/").body().size()).isEqualTo(50_000_000);
    }
  }

  @Test
  void answersLongRequestLinesWith414() throws IOException {
    try (RawClient client = new RawClient(server)) {
      assertThat(client.get("/" + "a".repeat(100_000)).status()).isEqualTo(414);
      assertThat(client.closed()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 20, 1000, 60_000})
  void answersLargeHeadersWith431(int each) throws IOException {
    try (RawClient client = new RawClient(server)) {
      String field = "X-A: " + "a".repeat(each) + "\r\n";
      client.send("GET / HTTP/1.1\r\nHost: h\r\n" + field.repeat(200_000 / field.length()));
      assertThat(client.answer().status()).isEqualTo(431);
      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void answersEndlessFieldNamesWith431() throws IOException {
    try (RawClient client = new RawClient(server)) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n" + "a".repeat(60_000));
      assertThat(client.answer().status()).isEqualTo(431);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/../../etc/passwd",
        "/a%00.narinfo",
        "/%zz",
        "/%",
        "/a;b=%2e%2e/..",
        "//etc/passwd"
      })
  void seesNoSuchPathAsAName(String path) throws IOException {
    restart(request -> Reply.text(200, request.path()));
    try (RawClient client = new RawClient(server)) {
      assertThat(client.get(path).status()).isBetween(400, 404);
      assertThat(client.get("/realisations/sha256:a%21out.doi").text())
          .isEqualTo("/realisations/sha256:a!out.doi\n");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX\u0001: b\r\n\r\n"
      })
  void answersMalformedHeadsWith400(String head) throws IOException {
    try (RawClient client = new RawClient(server)) {
      client.send(head);
      assertThat(client.answer().status()).isEqualTo(400);
      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void wantsToKnowHowLongAnUploadIs() throws IOException {
    try (RawClient client = new RawClient(server)) {
      client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n");
      assertThat(client.answer().status()).isEqualTo(411);
      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void neverTakesTheRestOfAnUploadForARequest() throws IOException {
    String inner = "GET /inner HTTP/1.1\r\nHost: a\r\n\r\n";
    try (RawClient client = new RawClient(server)) {
      client.send(
          "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: " + inner.length() + "\r\n\r\n" + inner);
      assertThat(client.answer().field("Connection")).contains("close");
      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void deliversItsErrorToAClientThatKeepsSending() throws IOException {
    restart(
        request -> {
          throw new IntegrityException("sha256:a", "sha256:b", "upload");
        });
    try (RawClient client = new RawClient(server)) {
      client.send("PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n");
      client.send("x".repeat(4_000_000));
      assertThat(client.answer().status()).isEqualTo(400);
    }
  }

  @Test
  void answersFailedUploadsWithoutA5xx() throws IOException {
    restart(
        request -> {
          throw new IOException("disk full");
        });
    try (RawClient client = new RawClient(server)) {
      client.send("PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
      assertThat(client.answer().status()).isEqualTo(422);
    }
    try (RawClient client = new RawClient(server)) {
      RawClient.Answer answer = client.get("/");
      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.text()).doesNotContain("disk full");
    }
  }

  @Test
  void countsWhatIsDamagedAsAbsent() throws IOException {
    restart(
        request -> {
          throw new IntegrityException("sha256:a", "sha256:b", "a block");
        });
    try (RawClient client = new RawClient(server)) {
      assertThat(client.get("/").status()).isEqualTo(404);
      assertThat(client.request("HEAD", "/").status()).isEqualTo(404);
    }
  }

  @Test
  void saysThatABugIsOne() throws IOException {
    restart(
        request -> {
          throw new IllegalStateException("a bug");
        });
    try (RawClient client = new RawClient(server)) {
      assertThat(client.get("/").status()).isEqualTo(500);
    }
  }

  private Reply drain(Request request) throws IOException, FaultException {
    try (InputStream body = request.body(1000)) {
      outcomes.add("read " + body.readAllBytes().length);
    } catch (IOException e) {
      outcomes.add("lost");
      throw e;
    }
    return FINE;
  }

  @Test
  void tellsTheHandlerThatAnUploadBrokeOff() throws Exception {
    restart(this::drain);
    try (RawClient client = new RawClient(server)) {
      client.send("PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
    }
    assertThat(outcomes.poll(20, TimeUnit.SECONDS)).isEqualTo("lost");
  }

  private static HttpSettings impatient() {
    Duration soon = Duration.ofMillis(50);
    return new HttpSettings("127.0.0.1", 0, 2, soon, soon, soon);
  }

  @Test
  void cutsClientsThatStallInAnUploadOrAHeadOrADownload() throws Exception {
    restart(impatient(), request -> request.method().equals("PUT") ? drain(request) : zeros());
    try (RawClient upload = new RawClient(server);
        RawClient head = new RawClient(server)) {
      upload.send("PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
      head.send("GET / HTTP/1.1\r\nHost:");
      assertThat(outcomes.poll(20, TimeUnit.SECONDS)).isEqualTo("lost");
      assertThat(upload.closed()).isTrue();
      assertThat(head.closed()).isTrue();
    }
    try (RawClient idle = new RawClient(server);
        RawClient download = new RawClient(server)) {
      download.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(idle.closed()).isTrue();
      // Were the download not cut, its connection and the idle one would be all there are.
      try (RawClient third = new RawClient(server);
          RawClient fourth = new RawClient(server)) {
        assertThat(third.get("/x", "Range: bytes=0-0").status()).isEqualTo(206);
        assertThat(fourth.get("/x", "Range: bytes=0-0").status()).isEqualTo(206);
      }
    }
  }

  private static Reply zeros() {
    return Reply.ok("x/y", Fixtures.zeros(100_000_000));
  }

  @Test
  void refusesFieldValuesThatWouldEndTheField() {
    assertThatThrownBy(() -> Reply.ok("x/y", Bytes.EMPTY).with("Link", "a\r\nX: y"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
