package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.http.Netrc;
import spindrift.http.WebClient;
import spindrift.http.WebSettings;
import spindrift.nix.HashAlgorithm;
import spindrift.nix.NixHash;

/** Files come from mirrors, and nothing wrong ends cleanly. */
final class HashedFilesTest {
  private static final Bytes CONTENT = random(300_000);
  private static final NixHash SHA256 = NixHash.sha256Of(CONTENT);

  @TempDir Path folder;
  private final List<AutoCloseable> opened = new ArrayList<>();

  private final WebClient client;

  HashedFilesTest() throws IOException {
    client = WebClient.open(WebSettings.DEFAULTS);
    opened.add(client);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  private static Bytes random(int size) {
    byte[] bytes = new byte[size];
    new Random(1).nextBytes(bytes);
    return Bytes.owning(bytes);
  }

  /** A mirror that has one file under every name; it may break off before its end. */
  private final class Mirror implements AutoCloseable {
    final HttpServer server;
    final Bytes file;
    final List<String> asked = new CopyOnWriteArrayList<>();
    volatile int breakAfter = Integer.MAX_VALUE;

    Mirror(Bytes file) throws IOException {
      this.file = file;
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext("/", this::answer);
      server.start();
      opened.add(this);
    }

    URI url() {
      return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/mirror/");
    }

    private void answer(HttpExchange exchange) throws IOException {
      asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
      String range = exchange.getRequestHeaders().getFirst("Range");
      int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
      boolean head = exchange.getRequestMethod().equals("HEAD");
      try (exchange) {
        if (head) {
          exchange.getResponseHeaders().set("Content-Length", String.valueOf(file.size()));
          exchange.sendResponseHeaders(200, -1);
          return;
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, file.size() - from);
        int to = Math.min(file.size(), Math.max(from, breakAfter));
        breakAfter = Integer.MAX_VALUE;
        exchange.getResponseBody().write(file.slice(from, to).toArray());
        if (to < file.size()) {
          exchange.getResponseBody().flush();
        }
      }
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  private HashedFiles files(Mirror... mirrors) {
    return new HashedFiles(List.of(), System::nanoTime)
        .withMirrors(List.of(mirrors).stream().map(Mirror::url).toList(), client, Netrc.EMPTY);
  }

  private static Bytes read(ByteSource file, long from, long to) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    file.writeTo(ByteTarget.of(out), from, to);
    return Bytes.owning(out.toByteArray());
  }

  private static NixHash hash(HashAlgorithm algorithm) {
    return new NixHash(
        algorithm, Bytes.owning(algorithm.newDigest().orElseThrow().digest(CONTENT.toArray())));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BLAKE3")
  void aMirrorIsAskedAsNixAsksIt(HashAlgorithm algorithm) throws Exception {
    Mirror mirror = new Mirror(CONTENT);
    NixHash hash = hash(algorithm);
    ByteSource file = files(mirror).find(hash).orElseThrow();
    assertThat(file.size()).isEqualTo(CONTENT.size());
    assertThat(read(file, 0, file.size())).isEqualTo(CONTENT);
    assertThat(read(file, 10, 20)).isEqualTo(CONTENT.slice(10, 20));
    String path = "/mirror/" + algorithm.label() + "/" + hash.hex();
    assertThat(mirror.asked).containsExactly("HEAD " + path, "GET " + path, "GET " + path);
  }

  @Test
  void aBrokenTransferGoesOnWhereItStopped() throws Exception {
    Mirror mirror = new Mirror(CONTENT);
    mirror.breakAfter = 100_000;
    ByteSource file = files(mirror).find(SHA256).orElseThrow();
    assertThat(read(file, 0, file.size())).isEqualTo(CONTENT);
    assertThat(mirror.asked).hasSizeGreaterThan(2);
  }

  @Test
  void wrongBytesLackTheirEndAndTheMirrorIsNotAskedAgain() throws Exception {
    byte[] wrong = CONTENT.toArray();
    wrong[5] ^= 1;
    Mirror liar = new Mirror(Bytes.owning(wrong));
    Mirror honest = new Mirror(CONTENT);
    HashedFiles files = files(liar, honest);
    ByteSource file = files.find(SHA256).orElseThrow();
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    assertThatThrownBy(() -> file.writeTo(ByteTarget.of(got), 0, file.size()))
        .isInstanceOf(IntegrityException.class)
        .hasMessageContaining(SHA256.toString());
    assertThat(got.size()).isEqualTo(CONTENT.size() - 1);
    ByteSource second = files.find(SHA256).orElseThrow();
    assertThat(read(second, 0, second.size())).isEqualTo(CONTENT);
    assertThat(honest.asked).hasSize(2);
  }

  @Test
  void anEmptyFileIsJudgedBeforeItIsOffered() throws Exception {
    Mirror liar = new Mirror(Bytes.EMPTY);
    assertThat(files(liar).find(SHA256)).isEmpty();
    ByteSource empty = files(liar).find(NixHash.sha256Of(Bytes.EMPTY)).orElseThrow();
    assertThat(empty.size()).isZero();
  }

  @Test
  void aMirrorThatIsGoneIsPassedOver() throws Exception {
    Mirror gone = new Mirror(CONTENT);
    URI url = gone.url();
    gone.close();
    Mirror honest = new Mirror(CONTENT);
    HashedFiles files =
        new HashedFiles(List.of(), System::nanoTime)
            .withMirrors(List.of(url, honest.url()), client, Netrc.EMPTY);
    assertThat(files.find(SHA256)).isPresent();
    HttpServer back =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), url.getPort()), 0);
    List<String> asked = new CopyOnWriteArrayList<>();
    back.createContext("/", exchange -> asked.add(exchange.getRequestMethod()));
    back.start();
    opened.add(() -> back.stop(0));
    assertThat(files.find(SHA256)).isPresent();
    assertThat(asked).as("while it counts as gone").isEmpty();
  }
}
