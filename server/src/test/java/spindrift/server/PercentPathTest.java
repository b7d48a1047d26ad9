package spindrift.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
        "/a%0d%0aX:y",
        "/a%5c..%5cb",
        "/a\\b",
        "/a%7f",
        "/a%80",
        "/a%c0%ae%c0%ae/",
        "/a\u00e9",
        "/a%",
        "/a%2",
        "/a%zz",
        "/a%-1",
        "/a%20b"
      })
  void refusesWhatIsNotAPlainPath(String raw) {
    assertThat(PercentPath.decode(raw)).isEmpty();
  }

  @Test
  void refusesLongPaths() {
    assertThat(PercentPath.decode("/" + "a".repeat(PercentPath.MAX_CHARS - 1))).isPresent();
    assertThat(PercentPath.decode("/" + "a".repeat(PercentPath.MAX_CHARS))).isEmpty();
  }
}
