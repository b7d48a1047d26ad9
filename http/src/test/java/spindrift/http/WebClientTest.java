package spindrift.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
}
