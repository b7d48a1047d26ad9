package spindrift.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import javax.security.auth.login.Configuration;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class WebClientTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String ABSENT = "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n";

  private static WebClient client() throws IOException {
    return WebClient.open(WebSettings.DEFAULTS.withEnvironment(Map.of()));
  }

  private static WebRequest request(ScriptedServer server) {
    return WebRequest.small(server.url("/file"), Credentials.none(), LONG);
  }

  private static int status(WebClient client, ScriptedServer server) throws IOException {
    try (WebAnswer answer = client.get(request(server))) {
      return answer.status();
    }
  }

  @Test
  void usesTheConnectionAgainAfterAnAnswerThatNobodyReads() throws Exception {
    String[] answers = new String[1000];
    Arrays.fill(answers, ABSENT + "not there");
    try (WebClient client = client();
        ScriptedServer server = new ScriptedServer(answers)) {
      // The rest is read on another thread: one that asks again at once may come too early.
      do {
        assertThat(status(client, server)).isEqualTo(404);
      } while (server.connections() == server.requests().size());
    }
  }

  @Test
  void doesNotWaitForWhatNobodyReads() throws Exception {
    try (WebClient client = client();
        ScriptedServer server = new ScriptedServer(ABSENT + "not" + ScriptedServer.SILENCE)) {
      assertThat(status(client, server)).isEqualTo(404);
    }
  }

  private static String content(WebClient client, ScriptedServer server) throws Exception {
    try (WebAnswer answer = client.get(request(server))) {
      return answer.content(1000).display();
    }
  }

  @Test
  void readsBodiesOfAllForms() throws Exception {
    String chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
    try (WebClient client = client();
        ScriptedServer server =
            new ScriptedServer(
                chunked,
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
                "HTTP/1.1 204 No Content\r\n\r\n",
                "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end" + ScriptedServer.END)) {
      assertThat(content(client, server)).isEqualTo("abcd");
      assertThat(content(client, server)).isEqualTo("abc");
      assertThat(content(client, server)).isEmpty();
      assertThat(content(client, server)).isEmpty();
      assertThat(content(client, server)).isEqualTo("to the end");
      assertThat(server.connections()).isEqualTo(1);
      assertThat(server.requests())
          .allMatch(head -> head.startsWith("GET /file HTTP/1.1\r\n"))
          .allMatch(head -> head.contains("User-Agent: spindrift\r\n"))
          .allMatch(head -> head.contains("Accept-Encoding: identity\r\n"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nx-that: one\r\nX-This: 1\r\nX-That: two\r\n",
        "HTTP/1.1 404 No\r\nX-That: one\r\nX-This: 1\r\nX-That: two\r\n"
      })
  void tellsTheFirstOfSeveralFields(String head) throws Exception {
    String answer = head + "Content-Length: 0\r\n\r\n";
    try (WebClient client = client();
        ScriptedServer server = new ScriptedServer(answer);
        WebAnswer told = client.get(request(server))) {
      assertThat(told.header("X-That")).contains("one");
      assertThat(told.header("x-this")).contains("1");
      assertThat(told.length()).hasValue(0);
    }
  }

  @Test
  void aHeadHasNoBody() throws Exception {
    try (WebClient client = client();
        ScriptedServer server =
            new ScriptedServer("HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n");
        WebAnswer told =
            client.get(WebRequest.head(server.url("/file"), Credentials.none(), LONG))) {
      assertThat(told.length()).hasValue(5000000);
      assertThat(told.body().read()).isNegative();
    }
  }

  @Test
  void aHeadHasALengthThatIsANumber() throws Exception {
    try (WebClient client = client();
        ScriptedServer server =
            new ScriptedServer("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")) {
      WebRequest head = WebRequest.head(server.url("/file"), Credentials.none(), LONG);
      assertThatThrownBy(() -> client.get(head)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aBodyThatEndsEarlyIsNone() throws Exception {
    String early = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nnot all" + ScriptedServer.END;
    String chunks =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nnot" + ScriptedServer.END;
    try (WebClient client = client();
        ScriptedServer server = new ScriptedServer(early, chunks)) {
      assertThatThrownBy(() -> content(client, server)).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> content(client, server)).isInstanceOf(IOException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "220 this is no web server\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc"
      })
  void refusesWhatIsNotHttp(String answer) throws Exception {
    try (WebClient client = client();
        ScriptedServer server =
            new ScriptedServer(answer + ScriptedServer.END, answer + ScriptedServer.END)) {
      assertThatThrownBy(() -> content(client, server)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void nobodyWaitsLongerThanAsked() throws Exception {
    try (WebClient client = client();
        ScriptedServer server =
            new ScriptedServer("HTTP/1.1 200 OK\r\n" + ScriptedServer.SILENCE)) {
      WebRequest hasty =
          WebRequest.small(server.url("/file"), Credentials.none(), Duration.ofMillis(50));
      assertThatThrownBy(() -> client.get(hasty))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("in time");
    }
  }

  @Test
  void aBodyThatStallsFails() throws Exception {
    WebSettings hasty =
        WebSettings.DEFAULTS.withEnvironment(Map.of()).withTimes(LONG, LONG, Duration.ofMillis(50));
    try (WebClient client = WebClient.open(hasty);
        ScriptedServer server =
            new ScriptedServer(
                "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nsome" + ScriptedServer.SILENCE)) {
      assertThatThrownBy(() -> content(client, server))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("stalled after 4 bytes");
    }
  }

  @Test
  void asksOnAFreshConnectionWhereTheOldOneWasClosed() throws Exception {
    try (WebClient client = client();
        ScriptedServer server =
            new ScriptedServer(ABSENT + "not there" + ScriptedServer.END, ABSENT + "not there")) {
      assertThat(status(client, server)).isEqualTo(404);
      assertThat(status(client, server)).isEqualTo(404);
    }
  }

  @Test
  void oneThatIsClosedAsksNobody() throws Exception {
    try (ScriptedServer server = new ScriptedServer(ABSENT)) {
      WebClient client = client();
      client.close();
      assertThatThrownBy(() -> client.get(request(server))).isInstanceOf(IOException.class);
      assertThat(server.requests()).isEmpty();
    }
  }

  @Test
  void closingEndsWhatIsUnderWay() throws Exception {
    try (ScriptedServer server = new ScriptedServer(ScriptedServer.SILENCE)) {
      WebClient client = client();
      Thread.ofVirtual()
          .start(
              () -> {
                while (server.requests().isEmpty()) {
                  Thread.onSpinWait();
                }
                client.close();
              });
      assertThatThrownBy(() -> client.get(request(server))).isInstanceOf(IOException.class);
    }
  }

  @Test
  void nobodyIsShownATicketThatAsksForOne() throws Exception {
    String wanted =
        "HTTP/1.1 401 Who\r\nWWW-Authenticate: Negotiate\r\nno colon\r\nContent-Length: 0\r\n\r\n";
    try (WebClient client = client();
        ScriptedServer server = new ScriptedServer(wanted, wanted)) {
      assertThat(status(client, server)).isEqualTo(401);
      assertThat(server.requests())
          .singleElement(InstanceOfAssertFactories.STRING)
          .doesNotContain("Authorization");
      assertThat(
              Configuration.getConfiguration()
                  .getAppConfigurationEntry("com.sun.security.jgss.krb5.initiate"))
          .isEmpty();
    }
  }
}
