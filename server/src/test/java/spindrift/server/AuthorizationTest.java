package spindrift.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AuthorizationTest {
  private final TestObject object = TestObject.file("secret of nobody");
  private TestNode node;

  @BeforeAll
  void open(@TempDir Path directory) throws IOException {
    node = TestNode.open(directory, Optional.of("t0ken"));
  }

  @AfterAll
  void close() throws IOException {
    node.close();
  }

  private static String basic(String pair) {
    return "Authorization: Basic "
        + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void letsWhoHasTheTokenUpload() throws IOException {
    for (String user : new String[] {"", "anybody"}) {
      String field = basic(user + ":t0ken");
      assertThat(node.put("/" + object.url(), object.nar(), field).status()).isEqualTo(200);
    }
    assertThat(
            node.put("/" + object.url(), object.nar(), basic(":t0ken").replace("Basic", "bAsIc"))
                .status())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {":", ":T0ken", ":t0ken ", ":t0ke", "t0ken:", "a:t0ken:", "", ":\u00ff"})
  void refusesWhoHasNot(String pair) throws IOException {
    RawClient.Answer answer = node.put("/nix-cache-info", Bytes.EMPTY, basic(pair));
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.field("WWW-Authenticate")).contains("Basic realm=\"spindrift\"");
    assertThat(answer.text()).contains("netrc").doesNotContain("t0ken");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X: y",
        "Authorization: Bearer t0ken",
        "Authorization: Basic ***",
        "Authorization: Basic",
        "Authorization: "
      })
  void refusesOtherWaysToSayIt(String field) throws IOException {
    assertThat(node.put("/" + object.url(), object.nar(), field).status()).isEqualTo(401);
    assertThat(node.put("/nowhere", object.nar(), field).status()).isEqualTo(401);
  }

  @Test
  void refusesBeforeTheBodyComes() throws IOException {
    try (RawClient client = node.client()) {
      client.send(
          "PUT /nar/x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(401);
    }
  }

  @Test
  void letsEverybodyRead() throws IOException {
    assertThat(node.get("/nix-cache-info").status()).isEqualTo(200);
    assertThat(node.get("/" + object.url() + "x").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /, 'GET, HEAD, PUT'",
    "DELETE, /nar/x, 'GET, HEAD, PUT'",
    "OPTIONS, /x.narinfo, 'GET, HEAD, PUT'",
    "PATCH, /log/x, 'GET, HEAD, PUT'",
    "POST, /ipfs/bafkqaaa, 'GET, HEAD'",
    "PUT, /ipfs/bafkqaaa, 'GET, HEAD'",
    "BREW, /, 'GET, HEAD, PUT'",
  })
  void saysWhichMethodsThereAre(String method, String path, String allow) throws IOException {
    try (RawClient client = node.client()) {
      RawClient.Answer answer = client.request(method, path);
      assertThat(answer.status()).isEqualTo(405);
      assertThat(answer.field("Allow")).contains(allow);
    }
  }
}
