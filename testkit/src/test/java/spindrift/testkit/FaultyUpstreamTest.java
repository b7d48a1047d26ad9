package spindrift.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The upstream's faults are those that it was told, and no others. */
class FaultyUpstreamTest {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final byte[] CONTENT = new byte[100_000];

  @TempDir Path folder;
  private FaultyUpstream upstream;
  private HttpClient client;

  @BeforeEach
  void open() throws Exception {
    new Random(7).nextBytes(CONTENT);
    Files.createDirectories(folder.resolve("nar"));
    Files.write(folder.resolve("nar/a.nar"), CONTENT);
    upstream = FaultyUpstream.over(folder);
    client = HttpClient.newHttpClient();
  }

  @AfterEach
  void close() {
    upstream.close();
    client.shutdownNow();
    client.close();
  }

  @Test
  void isHonestUntilTold() throws Exception {
    assertThat(ask().body()).isEqualTo(CONTENT);
    assertThat(ask("Range", "bytes=99000-").body())
        .isEqualTo(Arrays.copyOfRange(CONTENT, 99_000, 100_000));
    assertThat(ask("Range", "bytes=5-9").body()).isEqualTo(Arrays.copyOfRange(CONTENT, 5, 10));
    assertThat(ask("Range", "bytes=100000-").statusCode()).isEqualTo(416);
    assertThat(get("/absent").statusCode()).isEqualTo(404);
    assertThat(get("/../" + folder.getFileName() + "x").statusCode()).isEqualTo(404);
    assertThat(upstream.requests("nar/")).isEqualTo(4);
    assertThat(upstream.seen().get(1).header("range")).contains("bytes=99000-");
    assertThat(upstream.connections()).as("all on one").isEqualTo(1);
  }

  @Test
  void endsBodiesAsTold() throws Exception {
    upstream.on("nar/").truncateAfter(1000);
    assertThatThrownBy(this::ask).isInstanceOf(IOException.class);
    upstream.on("nar/").truncateAfter(1000).chunked();
    assertThatThrownBy(this::ask).isInstanceOf(IOException.class);
    upstream.on("nar/").resetSomewhere();
    assertThatThrownBy(this::ask).isInstanceOf(IOException.class);
    upstream.on("nar/").lengthOffBy(1);
    assertThatThrownBy(this::ask).isInstanceOf(IOException.class);
    upstream.on("nar/").truncateAfter(1000).withoutLength();
    assertThat(ask().body()).hasSize(1000);
    upstream.on("nar/").lengthOffBy(-1);
    assertThat(ask().body()).hasSize(99_999);
    upstream.heal();
    assertThat(ask().body()).isEqualTo(CONTENT);
  }

  @Test
  void changesOneBit() throws Exception {
    upstream.on("nar/").corruptAt(50_000).times(1);
    byte[] wrong = ask().body();
    assertThat(Arrays.mismatch(wrong, CONTENT)).isEqualTo(50_000);
    assertThat(Arrays.mismatch(Arrays.copyOfRange(wrong, 50_001, 100_000), rest())).isEqualTo(-1);
    assertThat(ask().body()).as("the second time").isEqualTo(CONTENT);
  }

  private static byte[] rest() {
    return Arrays.copyOfRange(CONTENT, 50_001, 100_000);
  }

  @Test
  void stallsAndIsSilent() {
    upstream.on("nar/").stallAfter(1000);
    HttpRequest request = HttpRequest.newBuilder(URI.create(upstream.url() + "/nar/a.nar")).build();
    assertThatThrownBy(
            () ->
                client
                    .sendAsync(request, BodyHandlers.ofByteArray())
                    .get(SHORT.toMillis(), TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    upstream.on("nar/").silence();
    assertThatThrownBy(this::ask).isInstanceOf(HttpTimeoutException.class);
  }

  @Test
  void answersWithSomethingElse() throws Exception {
    upstream.on("nar/").busy(429, "7");
    assertThat(ask().headers().firstValue("Retry-After")).contains("7");
    upstream.on("nar/").captivePortal().after(1);
    assertThat(ask().statusCode()).isEqualTo(429);
    assertThat(ask().headers().firstValue("Content-Type")).contains("text/html");
    upstream.on("nar/").redirect(302, "/elsewhere");
    assertThat(ask().statusCode()).isEqualTo(302);
    upstream.on("nar/").ignoreRanges();
    assertThat(ask("Range", "bytes=5-9").body()).hasSize(100_000);
    upstream.on("nar/").wrongRanges();
    assertThat(ask("Range", "bytes=5-9").body()).hasSize(8);
    upstream.on("nar/").gzip();
    assertThat(ask().headers().firstValue("Content-Encoding")).contains("gzip");
  }

  @Test
  void diesAndIsThereAgain() throws Exception {
    assertThat(ask().body()).isEqualTo(CONTENT);
    upstream.down();
    assertThatThrownBy(this::ask).isInstanceOf(IOException.class);
    upstream.up();
    assertThat(ask().body()).isEqualTo(CONTENT);
  }

  @Test
  void nothingComesOutOfABlackHole() throws Exception {
    try (BlackHole hole = BlackHole.open();
        HttpClient hasty = HttpClient.newBuilder().connectTimeout(SHORT).build()) {
      HttpRequest request = HttpRequest.newBuilder(URI.create(hole.url())).build();
      assertThatThrownBy(() -> hasty.send(request, BodyHandlers.discarding()))
          .isInstanceOf(HttpConnectTimeoutException.class);
    }
  }

  private HttpResponse<byte[]> ask(String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(upstream.url() + "/nar/a.nar")).timeout(SHORT);
    return client.send(
        (headers.length == 0 ? request : request.headers(headers)).build(),
        BodyHandlers.ofByteArray());
  }

  private HttpResponse<byte[]> get(String path) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(upstream.url() + path)).build();
    return client.send(request, BodyHandlers.ofByteArray());
  }
}
