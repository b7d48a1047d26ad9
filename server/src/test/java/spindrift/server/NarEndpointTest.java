package spindrift.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.compression.Decompression;
import spindrift.compression.MemoryBudget;
import spindrift.testkit.Packing;

final class NarEndpointTest {
  private final TestObject object = TestObject.tree();
  private Path directory = Path.of("");
  private TestNode node;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    this.directory = directory;
    node = TestNode.open(directory);
  }

  @AfterEach
  void close() throws IOException {
    node.close();
  }

  @Test
  void givesTheNarAsNixWantsIt() throws IOException {
    node.push(object);
    RawClient.Answer answer = node.get("/" + object.url(), "Accept-Encoding: gzip, zstd");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(object.nar());
    assertThat(answer.field("Content-Type")).contains("application/x-nix-nar");
    assertThat(answer.field("Accept-Ranges")).contains("bytes");
    assertThat(answer.field("Content-Encoding")).isEmpty();
    RawClient.Answer head = node.head("/" + object.url());
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.field("Accept-Ranges")).contains("bytes");
    assertThat(head.field("Content-Length")).isEqualTo(answer.field("Content-Length"));
  }

  @Test
  void resumesWhereItWasCut() throws IOException {
    node.push(object);
    String path = "/" + object.url();
    for (int from : new int[] {1, 96, 131_072, object.nar().size() - 1}) {
      RawClient.Answer answer = node.get(path, "Range: bytes=" + from + "-");
      assertThat(answer.status()).isEqualTo(206);
      assertThat(answer.body()).isEqualTo(object.nar().slice(from, object.nar().size()));
    }
    assertThat(node.get(path, "Range: bytes=" + object.nar().size() + "-").status()).isEqualTo(416);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "?hash=x", "?hash=%zz", "?hash=%", "?%00=&&=", "?hash=../../x"})
  void makesNothingOfAQueryThatItDoesNotKnow(String query) throws IOException {
    node.push(object);
    assertThat(node.get("/" + object.url() + query).body()).isEqualTo(object.nar());
  }

  @Test
  void isKnownByAnyFormOfItsHash() throws IOException {
    node.push(object);
    assertThat(node.get("/nar/" + object.narHash().hex() + ".nar").body()).isEqualTo(object.nar());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/nar/",
        "/nar/x",
        "/nar/.nar",
        "/nar/0000000000000000000000000000000000000000000000000000.nar",
        "/nar/0000000000000000000000000000000000000000000000000000.nar.xz",
        "/nar/a%0ab.nar",
        "/nar/%ff",
        "/nar/a/b.nar"
      })
  void isAbsentUnderAnyOtherName(String path) throws IOException {
    node.push(object);
    assertThat(node.get(path).status()).isEqualTo(404);
    assertThat(node.head(path).status()).isEqualTo(404);
  }

  @ParameterizedTest
  @EnumSource(Packing.class)
  void comesBackUnderTheNameAndInTheFormatThatItWasPushedIn(Packing packing) throws Exception {
    Bytes file = packing.pack(object.nar());
    String url = "nar/pushed." + packing.name().toLowerCase(java.util.Locale.ROOT);
    assertThat(node.put("/" + url, file).status()).isEqualTo(200);
    assertThat(node.head("/" + url).status()).isEqualTo(200);
    assertThat(node.get("/" + url).status()).isEqualTo(404);
    String narInfo =
        object.narInfo(url, packing.name().toLowerCase(java.util.Locale.ROOT), file, "");
    assertThat(node.put("/" + object.hashPart() + ".narinfo", narInfo).status()).isEqualTo(200);
    RawClient.Answer answer = node.get("/" + url);
    assertThat(answer.status()).isEqualTo(200);
    try (Decompression decoded =
        Decompression.open(
            new ByteArrayInputStream(answer.body().toArray()), new MemoryBudget("test", 160))) {
      assertThat(Bytes.owning(decoded.content().readAllBytes())).isEqualTo(object.nar());
    }
    assertThat(node.head("/" + url).field("Content-Length"))
        .contains(String.valueOf(answer.body().size()));
    assertThat(node.get("/" + object.url()).body()).isEqualTo(object.nar());
  }

  @Test
  void isAbsentWhenItsBlocksAreDamaged() throws IOException {
    TestObject small = TestObject.file("a file whose bytes will rot ".repeat(100));
    node.push(small);
    node.blocks.sync();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path pack : files.filter(file -> file.toString().endsWith(".car")).toList()) {
        byte[] bytes = Files.readAllBytes(pack);
        for (int i = 0; i < bytes.length - 4; i++) {
          if (bytes[i] == 'r' && bytes[i + 1] == 'o' && bytes[i + 2] == 't') {
            bytes[i] = 'R';
          }
        }
        Files.write(pack, bytes);
      }
    }
    assertThat(node.get("/" + small.url()).status()).isEqualTo(404);
    assertThat(node.get("/nix-cache-info").status()).isEqualTo(200);
  }
}
