package spindrift.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import spindrift.base.FaultException;
import spindrift.compression.MemoryBudget;
import spindrift.http.WebSettings;
import spindrift.nix.Compression;
import spindrift.nix.NarInfo;
import spindrift.nix.StoreDir;

/** A real server of others, as most private caches are. */
class NginxTest {
  private static final Duration LONG = Duration.ofSeconds(10);

  @TempDir static Path folder;
  private static Nginx nginx;

  @BeforeAll
  static void open() throws Exception {
    Optional<String> missing = Nginx.missing();
    assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
    Path cache = folder.resolve("cache");
    Files.createDirectories(cache);
    Cache.in(cache);
    nginx = Nginx.over(cache, folder.resolve("nginx"));
  }

  @AfterAll
  static void close() throws IOException {
    if (nginx != null) {
      nginx.close();
    }
  }

  private static UpstreamAccess access(String url) throws FaultException {
    return UpstreamAccess.of(UpstreamUrl.parse(url));
  }

  private static byte[] nar(UpstreamAccess access, WebSettings web, Compression compression)
      throws IOException, FaultException {
    Upstreams upstreams =
        new Upstreams(StoreDir.DEFAULT, web, new MemoryBudget("test", 64), Optional.empty());
    try (Upstream upstream = upstreams.open(access)) {
      NarInfo info = upstream.narInfo(Cache.hashPart(compression), LONG).orElseThrow();
      try (NarStream nar = upstream.nar(info, 1000, Cache.NAR.length).orElseThrow()) {
        assertThat(upstream.isSeekable(info)).isEqualTo(compression == Compression.NONE);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[10_000];
        for (int size = nar.read(buffer, 0, 10_000); size >= 0; ) {
          out.write(buffer, 0, size);
          size = nar.read(buffer, 0, 10_000);
        }
        return out.toByteArray();
      }
    }
  }

  private static byte[] rest() {
    return Arrays.copyOfRange(Cache.NAR, 1000, Cache.NAR.length);
  }

  private static WebSettings trusting() {
    return WebSettings.DEFAULTS.withAuthorities(List.of(nginx.authority()));
  }

  @Test
  void isReadPlainly() throws Exception {
    String url = "http://127.0.0.1:" + nginx.plain();
    assertThat(nar(access(url), WebSettings.DEFAULTS, Compression.XZ)).isEqualTo(rest());
    assertThat(nar(access(url), WebSettings.DEFAULTS, Compression.NONE)).isEqualTo(rest());
  }

  @Test
  void isReadOverTlsAndHttp2ByAnAuthorityOfOnesOwn() throws Exception {
    String url = "https://127.0.0.1:" + nginx.tls();
    assertThat(nar(access(url), trusting(), Compression.NONE)).isEqualTo(rest());
    assertThat(Files.readString(nginx.home().resolve("access.log")))
        .contains(Cache.hashPart(Compression.NONE) + ".narinfo HTTP/2.0")
        .contains(Cache.url(Compression.NONE) + " HTTP/1.1");
    WebSettings pointed =
        WebSettings.DEFAULTS.withEnvironment(
            Map.of("NIX_SSL_CERT_FILE", nginx.authority().toString()));
    assertThat(nar(access(url), pointed, Compression.XZ)).isEqualTo(rest());
    assertThatThrownBy(() -> nar(access(url), WebSettings.DEFAULTS, Compression.XZ))
        .isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "client.pem,client.key",
    "client.pem,client-sec1.key",
    "rsa.pem,rsa.key",
    "rsa.pem,rsa1.key"
  })
  void isShownACertificate(String certificate, String key) throws Exception {
    UpstreamUrl url = UpstreamUrl.parse("https://localhost:" + nginx.strict());
    UpstreamAccess shown =
        new UpstreamAccess(
            url,
            OptionalInt.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(nginx.home().resolve(certificate)),
            Optional.of(nginx.home().resolve(key)));
    assertThat(nar(shown, trusting(), Compression.XZ)).isEqualTo(rest());
    assertThatThrownBy(() -> nar(UpstreamAccess.of(url), trusting(), Compression.XZ))
        .isInstanceOf(IOException.class);
  }

  @Test
  void isToldWhoAsksByUrlOrNetrc() throws Exception {
    String place = "127.0.0.1:" + nginx.plain() + "/private";
    assertThat(
            nar(
                access("http://" + Nginx.LOGIN + "@" + place),
                WebSettings.DEFAULTS,
                Compression.XZ))
        .isEqualTo(rest());
    Path netrc =
        Files.writeString(folder.resolve("netrc"), "machine 127.0.0.1 login me password secret\n");
    UpstreamAccess named =
        new UpstreamAccess(
            UpstreamUrl.parse("http://" + place),
            OptionalInt.empty(),
            Optional.of(netrc),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    assertThat(nar(named, WebSettings.DEFAULTS, Compression.XZ)).isEqualTo(rest());
    assertThatThrownBy(() -> nar(access("http://" + place), WebSettings.DEFAULTS, Compression.XZ))
        .hasMessageContaining("netrc");
  }
}
