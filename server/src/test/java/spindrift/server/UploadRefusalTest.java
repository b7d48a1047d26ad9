package spindrift.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.nix.NixHash;
import spindrift.testkit.Packing;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class UploadRefusalTest {
  private final TestObject object = TestObject.tree();
  private TestNode node;

  @BeforeAll
  void open(@TempDir Path directory) throws IOException {
    node = TestNode.open(directory);
  }

  @AfterAll
  void close() throws IOException {
    node.close();
  }

  private void refuses(Bytes file, String... words) throws IOException {
    RawClient.Answer answer = node.put("/nar/bad", file);
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.text())
        .satisfies(text -> assertThat(List.of(words)).allMatch(text::contains));
    assertThat(node.head("/nar/bad").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @EnumSource(Packing.class)
  void refusesFilesThatEndEarly(Packing packing) throws IOException {
    Bytes file = packing.pack(object.nar());
    for (int size : new int[] {0, 1, 5, 8, 13, 30, 90, 70_000, file.size() - 30, file.size() - 1}) {
      refuses(file.slice(0, size));
    }
  }

  @ParameterizedTest
  @EnumSource(Packing.class)
  void refusesBytesBehindTheEnd(Packing packing) throws IOException {
    Bytes file = packing.pack(object.nar());
    refuses(file.concat(Bytes.utf8("x")));
    refuses(file.concat(Bytes.utf8("garbage".repeat(10_000))));
    refuses(packing.pack(object.nar().concat(Bytes.of(0))), "behind the end");
    refuses(file.concat(file));
  }

  @ParameterizedTest
  @EnumSource(Packing.class)
  void refusesFlippedBits(Packing packing) throws IOException {
    // In what is not packed, a change in contents shows only when the narinfo comes.
    byte[] file = packing.pack(object.nar()).toArray();
    Random random = new Random(3);
    for (int i = 0; i < 20; i++) {
      byte[] bad = file.clone();
      bad[packing == Packing.NONE ? i * 8 : 12 + random.nextInt(bad.length - 12)] ^= 0x40;
      RawClient.Answer answer = node.put("/nar/flipped", Bytes.owning(bad));
      assertThat(answer.status()).as(answer.text()).isIn(200, 400);
      if (answer.status() == 200) {
        assertThat(
                node.put(
                        "/" + object.hashPart() + ".narinfo",
                        object.narInfo("nar/flipped", "none", Bytes.owning(file), ""))
                    .status())
            .isEqualTo(403);
      }
    }
  }

  @Test
  void refusesWhatIsNoNar() throws IOException {
    refuses(Bytes.utf8("<html>"), "neither a NAR nor");
    refuses(Packing.XZ.pack(Bytes.utf8("hello, this is no NAR at all, but it is text")), "NAR");
    refuses(Packing.GZIP.pack(Bytes.EMPTY), "NAR");
    refuses(Packing.GZIP.pack(Packing.GZIP.pack(object.nar())), "NAR");
    byte[] noise = new byte[100_000];
    new Random(5).nextBytes(noise);
    refuses(Bytes.owning(noise));
  }

  /** A window of 1 GiB, and one of 2^63 bytes in a single segment. */
  @ParameterizedTest
  @ValueSource(strings = {"28b52ffd04a00100", "28b52ffde0ffffffffffffff7f010000"})
  void refusesFramesThatTakeTooMuchMemory(String hex) throws Exception {
    RawClient.Answer answer = node.put("/nar/bad", Bytes.parseHex(hex + "00".repeat(20)));
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.text()).contains("window");
  }

  @Test
  void knowsNothingOfAnUploadThatBrokeOff() throws IOException {
    try (RawClient client = node.client()) {
      client.send("PUT /nar/broken HTTP/1.1\r\nHost: a\r\nContent-Length: 800000\r\n\r\n");
      object.nar().slice(0, 400_000).writeTo(client.socket.getOutputStream());
    }
    assertThat(node.head("/nar/broken").status()).isEqualTo(404);
  }

  @Test
  void refusesAFileLongerThanItsNar() throws IOException {
    try (RawClient client = node.client()) {
      Bytes file = Packing.XZ.pack(object.nar()).concat(Bytes.utf8("x"));
      assertThat(client.put("/nar/bad", file).status()).isEqualTo(400);
    }
  }

  private void refuses(int status, String narInfo, String... words) throws IOException {
    RawClient.Answer answer = node.put("/" + object.hashPart() + ".narinfo", narInfo);
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.text())
        .satisfies(text -> assertThat(List.of(words)).allMatch(text::contains));
    assertThat(node.get("/" + object.hashPart() + ".narinfo").status()).isEqualTo(404);
  }

  @Test
  void refusesNarinfosThatDoNotFit() throws IOException {
    refuses(403, object.narInfo("nar/never-sent", "none", object.nar(), ""), "was not uploaded");
    assertThat(node.put("/nar/sent", object.nar()).status()).isEqualTo(200);
    String good = object.narInfo("nar/sent", "none", object.nar(), "");
    String otherHash = NixHash.sha256Of(Bytes.utf8("x")).nix32();
    refuses(403, good.replaceFirst("NarHash: sha256:\\w+", "NarHash: sha256:" + otherHash));
    refuses(403, good.replaceFirst("NarSize: \\d+", "NarSize: 8"));
    refuses(403, good.replaceFirst("FileHash: sha256:\\w+", "FileHash: sha256:" + otherHash));
    refuses(403, good.replaceFirst("FileSize: \\d+", "FileSize: 8"));
    refuses(400, good.replace(object.hashPart() + "-", "0".repeat(32) + "-"), "under the name");
    refuses(
        403,
        object.narInfo("nar/sent", "none", object.nar(), "1".repeat(32) + "-missing"),
        "missing",
        "not in this cache");
    refuses(400, good.replace("NarHash", "NixHash"));
    refuses(400, good.replace("/nix/store", "/gnu/store"));
    refuses(400, good.stripTrailing());
    refuses(400, "");
    refuses(400, "\u0000\u0001");
    refuses(413, good + "x".repeat(2_000_000));
  }

  @Test
  void keepsTheContentsThatAPathHas() throws IOException {
    TestObject first = TestObject.file("one");
    TestObject second = TestObject.file("two");
    node.push(first);
    node.put("/" + second.url(), second.nar());
    RawClient.Answer answer = node.put("/" + second.hashPart() + ".narinfo", second.narInfo());
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text()).contains("is here already");
    assertThat(node.get("/" + first.hashPart() + ".narinfo").text())
        .contains(first.narHash().nix32());
  }

  @ParameterizedTest
  @CsvSource({
    "/, 403",
    "/x, 403",
    "/nar/, 403",
    "/nar/../x, 404",
    "/nar/a/b, 403",
    "/nar/.hidden, 403",
    "/nar/a%0ab, 403",
    "/nar/%ff, 403",
    "/log/x, 403",
    "/log/00000000000000000000000000000001-not-a-derivation, 403",
    "/realisations/x.doi, 403",
    "/0000000000000000000000000000000.narinfo, 403",
    "/00000000000000000000000000000001.txt, 403",
    "/00000000000000000000000000000001, 403",
    "/ipfs/bafkqaaa, 405",
  })
  void takesNothingAnywhereElse(String path, int status) throws IOException {
    assertThat(node.put(path, "StorePath: x\n").status()).isEqualTo(status);
  }

  @Test
  void refusesEncodedBodies() throws IOException {
    RawClient.Answer answer =
        node.put(
            "/" + object.hashPart() + ".narinfo",
            Packing.GZIP.pack(Bytes.utf8(object.narInfo())),
            "Content-Encoding: gzip");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("Content-Encoding");
  }
}
