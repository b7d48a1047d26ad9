package spindrift.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class PlainClientTest {
  private static final String OK = "HTTP/1.1 200 OK\r\n";
  private static final String FIVE = OK + "Content-Length: 5\r\n\r\nhello";
  private static final String ABSENT =
      "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot there";

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(150);

  private WebClient client;

  @BeforeEach
  void open() throws IOException {
    client = WebClient.open(settings(LONG, LONG));
  }

  @AfterEach
  void close() {
    client.close();
  }

  private static WebSettings settings(Duration firstByte, Duration stall) {
    return WebSettings.DEFAULTS.withEnvironment(Map.of()).withTimes(LONG, firstByte, stall);
  }

  private static WebRequest request(ScriptedServer server) {
    return WebRequest.small(server.url("/file?a=b"), Credentials.none(), LONG);
  }

  private static String text(WebAnswer answer) throws IOException {
    try (answer) {
      return new String(answer.body().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private String get(ScriptedServer server) throws IOException {
    return text(client.get(request(server)));
  }

  @Test
  void asksAsServersExpectIt() throws Exception {
    try (ScriptedServer server = new ScriptedServer(FIVE)) {
      assertThat(get(server)).isEqualTo("hello");
      assertThat(server.requests().getFirst())
          .startsWith("GET /file?a=b HTTP/1.1\r\nHost: 127.0.0.1:")
          .contains("\r\nUser-Agent: spindrift\r\n", "\r\nAccept-Encoding: identity\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        OK + "Content-Length: 5\r\n\r\nhello",
        OK + "content-length:5\r\nContent-Length: 5\r\n\r\nhello",
        OK + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
        OK + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n",
        OK + "\r\nhello" + ScriptedServer.END,
        "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
      })
  void readsBodiesHoweverTheyEnd(String answer) throws Exception {
    try (ScriptedServer server = new ScriptedServer(answer)) {
      assertThat(get(server)).isEqualTo("hello");
    }
  }

  @Test
  void usesConnectionsAgain() throws Exception {
    String chunked = OK + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    String empty = "HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n";
    try (ScriptedServer server = new ScriptedServer(FIVE, chunked, empty, FIVE)) {
      assertThat(get(server)).isEqualTo("hello");
      assertThat(get(server)).isEqualTo("hello");
      assertThat(get(server)).isEmpty();
      assertThat(get(server)).isEqualTo("hello");
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void doesNotConnectAgainAfterAnAnswerThatNobodyReads() throws Exception {
    try (ScriptedServer server = new ScriptedServer(ABSENT, ABSENT, FIVE)) {
      for (int count = 0; count < 2; count++) {
        try (WebAnswer answer = client.get(request(server))) {
          assertThat(answer.status()).isEqualTo(404);
        }
      }
      assertThat(get(server)).isEqualTo("hello");
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void readsNoBodyWhereOnlyTheHeadIsAskedFor() throws Exception {
    String head = OK + "Content-Length: 5000\r\n\r\n";
    try (ScriptedServer server = new ScriptedServer(head, FIVE)) {
      WebRequest request = WebRequest.head(server.url("/"), Credentials.none(), LONG);
      try (WebAnswer answer = client.get(request)) {
        assertThat(answer.length()).hasValue(5000);
        assertThat(answer.body().read()).isEqualTo(-1);
      }
      assertThat(get(server)).isEqualTo("hello");
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        OK + "Connection: close\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        OK + "Content-Length: 5\r\n\r\nhello and more",
      })
  void connectsAgainWhereItHasTo(String first) throws Exception {
    try (ScriptedServer server = new ScriptedServer(first, FIVE)) {
      assertThat(get(server)).isEqualTo("hello");
      assertThat(get(server)).isEqualTo("hello");
      assertThat(server.connections()).isEqualTo(2);
    }
  }

  @Test
  void asksAgainWhenAKeptConnectionHasEnded() throws Exception {
    try (ScriptedServer server = new ScriptedServer(FIVE, ScriptedServer.END, FIVE)) {
      assertThat(get(server)).isEqualTo("hello");
      assertThat(get(server)).isEqualTo("hello");
      assertThat(server.connections()).isEqualTo(2);
    }
  }

  @Test
  void doesNotAskAgainOnANewConnection() throws Exception {
    try (ScriptedServer server = new ScriptedServer(ScriptedServer.END, FIVE)) {
      assertThatThrownBy(() -> get(server)).isInstanceOf(IOException.class);
      assertThat(server.requests()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH\r\n\r\n" + ScriptedServer.END,
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        OK + "Content-Length: -1\r\n\r\n",
        OK + "Content-Length: 0x5\r\n\r\n",
        OK + "Content-Length: 99999999999999999999\r\n\r\n",
        OK + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        OK + "Transfer-Encoding: gzip, chunked\r\n\r\n",
        OK + "no field\r\n\r\n",
        OK + " folded: yes\r\n\r\n",
        OK + "Content-Length: 5\r\n" + ScriptedServer.END,
        ScriptedServer.END,
      })
  void refusesHeadsThatAreNone(String answer) throws Exception {
    try (ScriptedServer server = new ScriptedServer(answer)) {
      assertThatThrownBy(() -> client.get(request(server)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(server.url("/file").toString());
    }
  }

  @Test
  void boundsTheHead() throws Exception {
    String field = "X: " + "x".repeat(1000) + "\r\n";
    String hints = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100);
    try (ScriptedServer server =
        new ScriptedServer(OK + field.repeat(100), OK + "x".repeat(100_000), hints)) {
      for (int count = 0; count < 3; count++) {
        assertThatThrownBy(() -> client.get(request(server))).isInstanceOf(IOException.class);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        OK + "Content-Length: 6\r\n\r\nhello" + ScriptedServer.END,
        OK + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n" + ScriptedServer.END,
        OK + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n" + ScriptedServer.END,
        OK + "Transfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n0\r\n\r\n",
        OK + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n",
        OK + "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
        OK + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nhello\r\n0\r\n\r\n",
      })
  void neverTakesABrokenBodyForAWholeOne(String answer) throws Exception {
    try (ScriptedServer server = new ScriptedServer(answer)) {
      assertThatThrownBy(() -> get(server))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("broke off");
    }
  }

  @Test
  void boundsTrailers() throws Exception {
    String endless = OK + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + "a: b\r\n".repeat(1000);
    try (ScriptedServer server = new ScriptedServer(endless)) {
      assertThatThrownBy(() -> get(server)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void doesNotWaitForEver() throws Exception {
    try (WebClient hasty = WebClient.open(settings(SHORT, SHORT));
        ScriptedServer server =
            new ScriptedServer(
                ScriptedServer.SILENCE,
                OK + "Content-Length: 9\r\n\r\nhello" + ScriptedServer.SILENCE)) {
      assertThatThrownBy(() -> hasty.get(request(server)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("did not answer in time");
      assertThatThrownBy(() -> text(hasty.get(request(server))))
          .isInstanceOf(IOException.class)
          .hasMessage("the answer stalled after 5 bytes");
    }
  }

  @Test
  void holdsTheWholeToItsTime() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer(OK + "Content-Length: 9\r\n\r\nhello" + ScriptedServer.SILENCE)) {
      WebRequest request = WebRequest.small(server.url("/"), Credentials.none(), SHORT);
      assertThatThrownBy(() -> text(client.get(request)))
          .isInstanceOf(IOException.class)
          .hasMessage("the answer took too long after 5 bytes");
    }
  }

  @Test
  void readingEndsWhenTheAnswerIsClosed() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer(OK + "Content-Length: 9\r\n\r\nhello" + ScriptedServer.SILENCE)) {
      WebAnswer answer = client.get(request(server));
      InputStream body = answer.body();
      assertThat(body.readNBytes(5)).hasSize(5);
      CountDownLatch began = new CountDownLatch(1);
      AtomicReference<Optional<Exception>> seen = new AtomicReference<>(Optional.empty());
      Thread reader =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      began.countDown();
                      body.read();
                    } catch (IOException e) {
                      seen.set(Optional.of(e));
                    }
                  });
      began.await();
      answer.close();
      reader.join();
      assertThat(seen.get()).get().extracting(Exception::getMessage).isEqualTo("closed");
    }
  }

  @Test
  void closingEndsWhatIsUnderWay() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer(OK + "Content-Length: 9\r\n\r\nhello" + ScriptedServer.SILENCE)) {
      InputStream body = client.get(request(server)).body();
      assertThat(body.readNBytes(5)).hasSize(5);
      client.close();
      assertThatThrownBy(body::read).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> client.get(request(server))).isInstanceOf(IOException.class);
    }
  }

  @Test
  void anInterruptedThreadGivesUp() throws Exception {
    try (ScriptedServer server = new ScriptedServer(ScriptedServer.SILENCE)) {
      AtomicReference<Optional<Exception>> seen = new AtomicReference<>(Optional.empty());
      Thread asker =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      client.get(request(server)).close();
                    } catch (IOException e) {
                      seen.set(Optional.of(e));
                    }
                  });
      while (server.requests().isEmpty()) {
        Thread.onSpinWait();
      }
      asker.interrupt();
      asker.join();
      assertThat(seen.get()).get().isInstanceOf(InterruptedIOException.class);
    }
  }

  @Test
  void saysWhyThereIsNoConnection() throws Exception {
    URI nobody;
    try (ScriptedServer server = new ScriptedServer()) {
      nobody = server.url("/");
    }
    assertThatThrownBy(() -> client.get(WebRequest.small(nobody, Credentials.none(), LONG)))
        .isInstanceOf(IOException.class)
        .hasCauseInstanceOf(ConnectException.class);
    URI nowhere = URI.create("http://no-such-host.invalid/");
    assertThatThrownBy(() -> client.get(WebRequest.small(nowhere, Credentials.none(), LONG)))
        .isInstanceOf(IOException.class)
        .hasCauseInstanceOf(UnknownHostException.class);
  }

  @Test
  void followsRedirectsAndKeepsSecretsFromOthers() throws Exception {
    try (ScriptedServer other = new ScriptedServer(FIVE)) {
      String moved = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + other.url("/x");
      try (ScriptedServer server = new ScriptedServer(moved + "\r\n\r\n")) {
        Credentials secret =
            Credentials.of(server.url("/"), Optional.of("secret"), Optional.empty(), Netrc.EMPTY);
        assertThat(text(client.get(WebRequest.small(server.url("/"), secret, LONG))))
            .isEqualTo("hello");
        assertThat(server.requests().getFirst()).contains("Authorization: Bearer secret\r\n");
        assertThat(other.requests().getFirst()).doesNotContain("Authorization");
      }
    }
  }
}
