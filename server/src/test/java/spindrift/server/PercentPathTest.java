package spindrift.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;

final class PercentPathTest {
  @ParameterizedTest
  @CsvSource({
    "/, /",
    "/nix-cache-info, /nix-cache-info",
    "/realisations/sha256:ab!out.doi, /realisations/sha256:ab!out.doi",
    "/realisations/sha256%3aab%21out.doi, /realisations/sha256:ab!out.doi",
    "/a%2Fb, /a/b",
    "/a%252e%252e, /a%2e%2e",
    "/a/, /a/",
    "/log/x-1.0+b=c?.drv, /log/x-1.0+b=c?.drv",
    "/..a/.b/c..., /..a/.b/c...",
    "/a%20b, /a b",
    "/a%5c..%5cb, /a\\..\\b",
    "/a%c3%a9, /a\u00c3\u00a9",
    "/a%80%ff, /a\u0080\u00ff",
  })
  void decodesOnce(String raw, String path) {
    assertThat(PercentPath.decode(raw)).contains(path);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nar/x",
        "*",
        "http://elsewhere/",
        "/../etc/passwd",
        "/nar/..",
        "/nar/../x",
        "/%2e%2e/etc/passwd",
        "/nar/%2e%2E%2fetc",
        "/nar%2f..%2fx",
        "/.",
        "/%2e/x",
        "//etc/passwd",
        "/a//b",
        "/a%2f%2fb",
        "/a%00.narinfo",
        "/a%",
        "/a%2",
        "/a%zz",
        "/a%-1"
      })
  void refusesWhatIsNotAPlainPath(String raw) {
    assertThat(PercentPath.decode(raw)).isEmpty();
  }

  @Test
  void encodesWhatItDecodes() {
    byte[] name = new byte[255];
    for (int i = 0; i < name.length; i++) {
      name[i] = (byte) (i + 1);
    }
    StringBuilder url = new StringBuilder("/");
    PercentPath.encode(Bytes.owning(name), url);
    String decoded = PercentPath.decode(url.toString().replace("%2F", "x")).orElseThrow();
    assertThat(Bytes.owning(decoded.substring(1).getBytes(StandardCharsets.ISO_8859_1)))
        .isEqualTo(
            Bytes.owning(
                new String(name, StandardCharsets.ISO_8859_1)
                    .replace('/', 'x')
                    .getBytes(StandardCharsets.ISO_8859_1)));
  }

  @Test
  void refusesLongPaths() {
    assertThat(PercentPath.decode("/" + "a".repeat(PercentPath.MAX_CHARS - 1))).isPresent();
    assertThat(PercentPath.decode("/" + "a".repeat(PercentPath.MAX_CHARS))).isEmpty();
  }
}
