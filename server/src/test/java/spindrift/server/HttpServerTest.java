package spindrift.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.AbsentException;
import spindrift.base.ByteSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HttpServerTest {
  private static final String SMALL = "StorePath: /nix/store/x\n";

  /** Past several buffers, and a multiple of none. */
  private final byte[] large = new byte[5 * BufferPool.BUFFER_BYTES + 4711];

  private Map<String, Reply> replies = Map.of();
  private HttpServer server;

  @BeforeAll
  void start(@TempDir Path directory) throws IOException {
    new Random(1).nextBytes(large);
    Path file = directory.resolve("contents");
    Files.write(file, large);
    int cut = 3 * BufferPool.BUFFER_BYTES + 1;
    ByteSource segments =
        Fixtures.concat(
            List.of(
                new MemorySource(Bytes.EMPTY),
                new MemorySource(Bytes.copyOf(large, 0, 96)),
                Fixtures.ofFile(file, 96, 1),
                new MemorySource(Bytes.EMPTY),
                Fixtures.ofFile(file, 97, cut - 97),
                new MemorySource(Bytes.copyOf(large, cut, 8)),
                Fixtures.ofFile(file, cut + 8, large.length - cut - 8)));
    replies =
        Map.of(
            "/small", Reply.ok("text/x-nix-narinfo", Bytes.utf8(SMALL)).with("ETag", "\"v1\""),
            "/empty", Reply.ok("text/plain", Bytes.EMPTY),
            "/none", Reply.noContent(),
            "/large", Reply.ok("application/x-nix-nar", segments));
    server = HttpServer.start(HttpSettings.loopback(0), this::handle);
  }

  private Reply handle(Request request) throws IOException, FaultException {
    if (request.method().equals("PUT")) {
      byte[] body = request.body(1 << 20).readAllBytes();
      return Reply.text(201, body.length + " " + Arrays.hashCode(body));
    }
    Reply reply = replies.get(request.path());
    if (reply == null) {
      throw new AbsentException("no " + request.path());
    }
    return reply;
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @Test
  void sendsSmallAndLargeAndEmptyBodiesOverOneConnection() throws IOException {
    try (RawClient client = new RawClient(server)) {
      for (int round = 0; round < 3; round++) {
        RawClient.Answer small = client.get("/small");
        assertThat(small.status()).isEqualTo(200);
        assertThat(small.text()).isEqualTo(SMALL);
        assertThat(small.field("Content-Type")).contains("text/x-nix-narinfo");
        assertThat(small.field("Accept-Ranges")).contains("bytes");
        assertThat(small.field("Content-Encoding")).isEmpty();

        assertThat(client.get("/large").body()).isEqualTo(Bytes.copyOf(large));
        assertThat(client.get("/empty").field("Content-Length")).contains("0");
        assertThat(client.get("/none").status()).isEqualTo(204);
        RawClient.Answer absent = client.get("/other");
        assertThat(absent.status()).isEqualTo(404);
        assertThat(absent.text()).isEqualTo("no /other\n");
      }
    }
  }

  @Test
  void answersHeadWithTheLengthAlone() throws IOException {
    try (RawClient client = new RawClient(server)) {
      RawClient.Answer head = client.request("HEAD", "/large", "Range: bytes=0-1");
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.field("Content-Length")).contains("" + large.length);
      assertThat(head.field("Accept-Ranges")).contains("bytes");
      assertThat(client.request("HEAD", "/small").field("Content-Length"))
          .contains("" + SMALL.length());
      assertThat(client.request("HEAD", "/other").status()).isEqualTo(404);
      assertThat(client.get("/small").text()).isEqualTo(SMALL);
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0, 1, 95, 96, 97, 98, 128 * 1024 - 1, 128 * 1024, 3 * 128 * 1024, 3 * 128 * 1024 + 9})
  void resumesFromAnyOffset(int from) throws IOException {
    try (RawClient client = new RawClient(server)) {
      RawClient.Answer rest = client.get("/large", "Range: bytes=" + from + "-");
      assertThat(rest.status()).isEqualTo(206);
      assertThat(rest.field("Content-Range"))
          .contains("bytes " + from + "-" + (large.length - 1) + "/" + large.length);
      assertThat(rest.body()).isEqualTo(Bytes.copyOf(large, from, large.length - from));

      RawClient.Answer one = client.get("/large", "Range: bytes=" + from + "-" + from);
      assertThat(one.body()).isEqualTo(Bytes.of(large[from]));
    }
  }

  @Test
  void answersRangesPastTheEndWith416() throws IOException {
    try (RawClient client = new RawClient(server)) {
      RawClient.Answer answer = client.get("/small", "Range: bytes=5000-");
      assertThat(answer.status()).isEqualTo(416);
      assertThat(answer.field("Content-Range")).contains("bytes */" + SMALL.length());
      assertThat(client.get("/small", "Range: bytes=0-1,3-4").text()).isEqualTo(SMALL);
    }
  }

  @Test
  void honoursIfRange() throws IOException {
    try (RawClient client = new RawClient(server)) {
      String range = "Range: bytes=0-3";
      assertThat(client.get("/small", range, "If-Range: \"v1\"").text()).isEqualTo("Stor");
      assertThat(client.get("/small", range, "If-Range: \"v2\"").status()).isEqualTo(200);
      assertThat(client.get("/large", range, "If-Range: \"v1\"").status()).isEqualTo(200);
    }
  }

  @Test
  void answersPipelinedRequestsInOrder() throws IOException {
    try (RawClient client = new RawClient(server)) {
      String head = " HTTP/1.1\r\nHost: h\r\n\r\n";
      client.send("GET /small" + head + "GET /large" + head + "GET /small" + head);
      assertThat(client.answer().text()).isEqualTo(SMALL);
      assertThat(client.answer().body()).isEqualTo(Bytes.copyOf(large));
      assertThat(client.answer().text()).isEqualTo(SMALL);
    }
  }

  @Test
  void closesWhenTheClientAsksForIt() throws IOException {
    try (RawClient client = new RawClient(server)) {
      RawClient.Answer answer = client.get("/small", "Connection: close");
      assertThat(answer.field("Connection")).contains("close");
      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void takesUploadsAndAsksForThemAtOnce() throws IOException {
    byte[] body = Arrays.copyOf(large, 300_000);
    String expected = body.length + " " + Arrays.hashCode(body) + "\n";
    try (RawClient client = new RawClient(server)) {
      for (int round = 0; round < 2; round++) {
        client.send(
            "PUT /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 300000\r\n\r\n");
        assertThat(client.answer().status()).isEqualTo(100);
        client.send(new String(body, StandardCharsets.ISO_8859_1));
        assertThat(client.answer().text()).isEqualTo(expected);

        client.send("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n");
        client.send(new String(body, StandardCharsets.ISO_8859_1));
        assertThat(client.answer().text()).isEqualTo(expected);
      }
      client.send("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
      assertThat(client.answer().text()).isEqualTo("0 1\n");
    }
  }

  @Test
  void refusesLargeUploadsBeforeTheyAreSent() throws IOException {
    try (RawClient client = new RawClient(server)) {
      client.send(
          "PUT /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9000000\r\n\r\n");
      RawClient.Answer answer = client.answer();
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.field("Connection")).contains("close");
      assertThat(client.closed()).isTrue();
    }
  }
}
