package spindrift.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.Json;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class NarInfoEndpointTest {
  private final TestObject object = TestObject.tree();
  private TestNode node;

  @BeforeAll
  void open(@TempDir Path directory) throws IOException {
    node = TestNode.open(directory);
    node.push(object);
  }

  @AfterAll
  void close() throws IOException {
    node.close();
  }

  @Test
  void saysWhatNixWants() throws IOException {
    RawClient.Answer answer = node.get("/" + object.hashPart() + ".narinfo");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.field("Content-Type")).contains("text/x-nix-narinfo");
    assertThat(answer.field("Content-Encoding")).isEmpty();
    assertThat(answer.text())
        .startsWith("StorePath: /nix/store/" + object.hashPart() + "-" + object.name() + "\n")
        .contains("URL: " + object.url() + "\n", "Compression: none\n", "IpfsCid: ", "IpfsTree: ")
        .contains("NarHash: sha256:" + object.narHash().nix32() + "\n")
        .endsWith("\n")
        .doesNotContain("References:\n", "\r");
  }

  @Test
  void answersHeadWithTheSameFields() throws IOException {
    RawClient.Answer got = node.get("/" + object.hashPart() + ".narinfo");
    RawClient.Answer head = node.head("/" + object.hashPart() + ".narinfo");
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.field("Content-Length")).isEqualTo(got.field("Content-Length"));
    assertThat(head.field("Content-Type")).isEqualTo(got.field("Content-Type"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/00000000000000000000000000000009.narinfo",
        "/00000000000000000000000000000002",
        "/00000000000000000000000000000002.narinfo/",
        "/00000000000000000000000000000002.narinfo.narinfo",
        "/00000000000000000000000000000002.NARINFO",
        "/0000000000000000000000000000000e.narinfo",
        "/0000000000000000000000000000000.narinfo",
        "/.narinfo",
        "/00000000000000000000000000000002%0a.narinfo",
        "/00000000000000000000000000000002.narinfo%0aX",
        "/%ff%fe",
        "/a%00",
        "/../../etc/passwd",
        "/favicon.ico",
        "/index.html",
        "/nar",
        "/log/",
        "/ipfs"
      })
  void isAbsentUnderAnyOtherName(String path) throws IOException {
    assertThat(node.get(path).status()).isEqualTo(404);
    assertThat(node.head(path).status()).isEqualTo(404);
  }

  @Test
  void listsTheTreeEvenWhereANameIsNoText() throws Exception {
    RawClient.Answer answer = node.get("/" + object.hashPart() + ".ls");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.field("Content-Type")).contains("application/json");
    assertThat(Json.parseObject(answer.body()).object("root").object("entries").members().keySet())
        .containsExactly("large", "link", "small", "z\ufffd");
    assertThat(node.head("/" + object.hashPart() + ".ls").status()).isEqualTo(200);
    assertThat(node.get("/00000000000000000000000000000009.ls").status()).isEqualTo(404);
  }

  @Test
  void passesOverPushedListings() throws IOException {
    RawClient.Answer before = node.get("/" + object.hashPart() + ".ls");
    Bytes odd = Bytes.of('{', '"', 0xff, '"', ':');
    assertThat(node.put("/" + object.hashPart() + ".ls", odd).status()).isEqualTo(200);
    assertThat(node.get("/" + object.hashPart() + ".ls").body()).isEqualTo(before.body());
  }

  @Test
  void greetsPeople() throws IOException {
    assertThat(node.get("/").text()).startsWith("Spindrift");
  }
}
