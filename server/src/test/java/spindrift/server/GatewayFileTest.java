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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.ipld.Cid;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class GatewayFileTest {
  private static final String ABSENT =
      "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
  private static final String FOR_EVER = "public, max-age=29030400, immutable";

  private final TestObject object = TestObject.tree();
  private TestNode node;
  private ConformanceFixture mixed;
  private String narView = "";

  @BeforeAll
  void open(@TempDir Path directory) throws IOException, FaultException {
    node = TestNode.open(directory);
    mixed = ConformanceFixture.load("subdir-with-mixed-block-files", node.blocks);
    node.push(object);
    narView =
        node.get("/" + object.hashPart() + ".narinfo")
            .text()
            .lines()
            .filter(line -> line.startsWith("IpfsCid: "))
            .findFirst()
            .orElseThrow()
            .substring(9);
  }

  @AfterAll
  void close() throws IOException {
    node.close();
  }

  @Test
  void answersTheProbe() throws IOException {
    for (String format : new String[] {"", "?format=raw"}) {
      RawClient.Answer answer = node.get("/ipfs/bafkqaaa" + format);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(Bytes.EMPTY);
      assertThat(node.head("/ipfs/bafkqaaa" + format).status()).isEqualTo(200);
    }
  }

  @Test
  void givesANarByItsView() throws IOException {
    RawClient.Answer answer = node.get("/ipfs/" + narView);
    assertThat(answer.body()).isEqualTo(object.nar());
    assertThat(answer.field("Content-Type")).contains("application/octet-stream");
    assertThat(node.get("/ipfs/" + narView, "Range: bytes=1000-299999").body())
        .isEqualTo(object.nar().slice(1000, 300_000));
  }

  @Test
  void givesAFileWithWhatABrowserNeeds() throws Exception {
    String path = "/ipfs/" + mixed.root() + "/subdir/ascii.txt";
    Cid cid = mixed.cid("subdir", "ascii.txt");
    RawClient.Answer answer = node.get(path);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).startsWith("hello");
    assertThat(answer.field("Content-Type")).contains("text/plain; charset=utf-8");
    assertThat(answer.field("ETag")).contains("\"" + cid + "\"");
    assertThat(answer.field("Cache-Control")).contains(FOR_EVER);
    assertThat(answer.field("X-Content-Type-Options")).contains("nosniff");
    assertThat(answer.field("Content-Security-Policy")).contains("sandbox");
    assertThat(answer.field("X-Ipfs-Path")).contains(path);
    assertThat(answer.field("X-Ipfs-Roots"))
        .contains(mixed.root() + "," + mixed.cid("subdir") + "," + cid);
    assertThat(node.head(path).field("Content-Length")).isEqualTo(answer.field("Content-Length"));
    assertThat(node.get("/ipfs/" + mixed.root() + "/subdir/multiblock.txt").body().size())
        .isEqualTo(1026);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"%s\"", "W/\"%s\"", "\"a\", \"%s\"", "*"})
  void knowsWhatTheClientHas(String known) throws Exception {
    Cid cid = mixed.cid("subdir", "ascii.txt");
    RawClient.Answer answer =
        node.get("/ipfs/" + cid, "If-None-Match: " + known.formatted(cid.toString()));
    assertThat(answer.status()).isEqualTo(304);
    assertThat(answer.body()).isEqualTo(Bytes.EMPTY);
    assertThat(answer.field("Cache-Control")).contains(FOR_EVER);
    assertThat(node.get("/ipfs/" + cid, "If-None-Match: \"" + mixed.root() + "\"").status())
        .isEqualTo(200);
  }

  @Test
  void givesABlockAsItIs() throws Exception {
    Cid cid = mixed.cid("subdir");
    RawClient.Answer answer =
        node.get("/ipfs/" + mixed.root() + "/subdir", "Accept: application/vnd.ipld.raw");
    assertThat(answer.body()).isEqualTo(node.blocks.load(cid));
    assertThat(answer.field("Content-Type")).contains("application/vnd.ipld.raw");
    assertThat(answer.field("Content-Disposition"))
        .contains("attachment; filename=\"" + cid + ".bin\"");
    assertThat(answer.field("Cache-Control")).contains(FOR_EVER);
    assertThat(answer.field("ETag")).contains("\"" + cid + ".raw\"");
    assertThat(answer.field("X-Content-Type-Options")).contains("nosniff");
    assertThat(
            node.get("/ipfs/" + cid + "?format=raw", "If-None-Match: \"" + cid + ".raw\"").status())
        .isEqualTo(304);
    assertThat(node.get("/ipfs/" + cid + "?format=raw", "Range: bytes=2-5").status())
        .isEqualTo(206);
  }

  @Test
  void prefersTheParameterToTheField() throws Exception {
    String path = "/ipfs/" + mixed.root();
    assertThat(
            node.get(path + "?format=car", "Accept: application/vnd.ipld.raw")
                .field("Content-Type")
                .orElseThrow())
        .startsWith("application/vnd.ipld.car");
    assertThat(
            node.get(path + "?format=raw", "Accept: application/vnd.ipld.car")
                .field("Content-Type"))
        .contains("application/vnd.ipld.raw");
    assertThat(node.get(path + "?format=tar").status()).isEqualTo(406);
  }

  @ParameterizedTest
  @CsvSource({
    "foobar.bin, foobar.bin",
    "a%22%0d%0ab, CID.bin",
    "..%2fx, CID.bin",
    "%ff, CID.bin",
  })
  void namesTheDownload(String wanted, String name) throws Exception {
    Cid cid = mixed.cid("subdir");
    assertThat(
            node.get("/ipfs/" + cid + "?format=raw&filename=" + wanted)
                .field("Content-Disposition"))
        .contains("attachment; filename=\"" + name.replace("CID", cid.toString()) + "\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "?format=raw", "?format=car"})
  void isAbsentWhereTheBlockIs(String format) throws IOException {
    assertThat(node.get("/ipfs/" + ABSENT + format).status()).isEqualTo(404);
    assertThat(node.head("/ipfs/" + ABSENT + format).status()).isEqualTo(404);
    assertThat(node.get("/ipfs/" + ABSENT + format, "Cache-Control: only-if-cached").status())
        .isEqualTo(412);
    assertThat(node.get("/ipfs/" + mixed.root() + "/nope" + format).status()).isEqualTo(404);
    assertThat(node.get("/ipfs/" + mixed.root() + "/subdir/ascii.txt/x" + format).status())
        .isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({
    "/ipfs/, 400",
    "/ipfs/x, 400",
    "/ipfs/bafy, 400",
    "/ipfs/%ff%0a, 400",
    "/ipfs/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWNXX, 400",
    "/ipfs, 404",
    "/ipns/example.org, 404",
  })
  void refusesPathsWithoutACid(String path, int status) throws IOException {
    assertThat(node.get(path).status()).isEqualTo(status);
  }

  /** A node whose bytes are not UnixFS. */
  @Test
  void refusesWhatIsNoFile() throws Exception {
    Cid cid = node.blocks.put(Cid.DAG_PB, Bytes.utf8("this is no DAG-PB"));
    Cid cbor = node.blocks.put(Cid.DAG_CBOR, Bytes.of(0xa0));
    for (Cid odd : new Cid[] {cid, cbor}) {
      assertThat(node.get("/ipfs/" + odd).status()).isEqualTo(400);
      assertThat(node.get("/ipfs/" + odd + "/x").status()).isEqualTo(400);
      assertThat(node.get("/ipfs/" + odd + "?format=raw").status()).isEqualTo(200);
    }
    assertThat(node.get("/ipfs/" + cbor + "?format=car").status()).isEqualTo(200);
  }
}
