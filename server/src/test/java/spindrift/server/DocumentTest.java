package spindrift.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.catalog.Documents;
import spindrift.testkit.Packing;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DocumentTest {
  private static final String LOG = "/log/00000000000000000000000000000001-hello-1.0+b=c?.drv";
  private static final String ID = "sha256:" + "ab".repeat(32);
  private static final String PATH = "00000000000000000000000000000001-hello";
  private TestNode node;

  @BeforeAll
  void open(@TempDir Path directory) throws IOException {
    node = TestNode.open(directory);
  }

  @AfterAll
  void close() throws IOException {
    node.close();
  }

  private static String realisation(String id) {
    return "{\"dependentRealisations\":{},\"id\":\"%s\",\"outPath\":\"%s\",\"signatures\":[]}"
        .formatted(id, PATH);
  }

  @Test
  void givesALogBackAsText() throws IOException {
    String log = LOG.replace("?", "%3F");
    assertThat(node.get(log).status()).isEqualTo(404);
    assertThat(node.put(log, "building\n\u001b[31mred\n").status()).isEqualTo(200);
    RawClient.Answer answer = node.get(log);
    assertThat(answer.text()).isEqualTo("building\n\u001b[31mred\n");
    assertThat(answer.field("Content-Type")).contains("text/plain; charset=utf-8");
    assertThat(node.head(log).field("Content-Length")).contains("18");
    assertThat(node.put(log, "again\n").status()).isEqualTo(200);
    assertThat(node.get(log).text()).isEqualTo("again\n");
    assertThat(node.put(log, "").status()).isEqualTo(200);
    assertThat(node.get(log).body()).isEqualTo(Bytes.EMPTY);
  }

  @Test
  void givesALongLogBackInPieces() throws IOException {
    byte[] content = new byte[3_500_000];
    new Random(1).nextBytes(content);
    String path = "/log/00000000000000000000000000000002-long.drv";
    assertThat(node.put(path, Bytes.owning(content)).status()).isEqualTo(200);
    assertThat(node.get(path).body()).isEqualTo(Bytes.owning(content));
    assertThat(node.get(path, "Range: bytes=1048575-2097153").body())
        .isEqualTo(Bytes.copyOf(content, 1_048_575, 1_048_579));
  }

  @Test
  void refusesALogThatIsTooLongBeforeItComes() throws IOException {
    try (RawClient client = node.client()) {
      client.send(
          "PUT /log/00000000000000000000000000000002-l.drv HTTP/1.1\r\nHost: a\r\n"
              + "Expect: 100-continue\r\nContent-Length: "
              + (Documents.MAX_SIZE + 1)
              + "\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(413);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"!", "%21"})
  void knowsARealisationByBothFormsOfItsName(String mark) throws IOException {
    String path = "/realisations/" + ID + mark + "out.doi";
    assertThat(node.put(path, realisation(ID + "!out")).status()).isEqualTo(200);
    for (String asked : new String[] {"!", "%21"}) {
      RawClient.Answer answer = node.get("/realisations/" + ID + asked + "out.doi");
      assertThat(answer.text()).isEqualTo(realisation(ID + "!out"));
      assertThat(answer.field("Content-Type")).contains("application/json");
    }
    assertThat(node.get("/realisations/" + ID + "!dev.doi").status()).isEqualTo(404);
  }

  @Test
  void givesABuildTraceAndDebugInfoBack() throws IOException {
    String trace = "/build-trace-v2/00000000000000000000000000000001-hello.drv/out.doi";
    String json = "{\"outPath\":\"" + PATH + "\",\"signatures\":[]}";
    assertThat(node.put(trace, json).status()).isEqualTo(200);
    assertThat(node.get(trace).text()).isEqualTo(json);
    String debug = "/debuginfo/" + "0f".repeat(20);
    assertThat(node.put(debug, "{\"archive\":\"../nar/x\",\"member\":\"a\"}").status())
        .isEqualTo(200);
    assertThat(node.get(debug).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "/realisations/sha256:00!out.doi {}",
        "/build-trace-v2/00000000000000000000000000000001-hello/out.doi {}",
        "/build-trace-v2/00000000000000000000000000000001-hello.drv/a%2Fb.doi {}",
        "/debuginfo/xyz {}",
        "/debuginfo/0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f%0a {}",
        "/log/00000000000000000000000000000001-hello {}",
        "/log/00000000000000000000000000000001-a%0ab.drv {}",
        "/log/00000000000000000000000000000001-hello.drv/x {}",
      })
  void hasNothingUnderOtherNames(String path, String content) throws IOException {
    assertThat(node.put(path, content).status()).isEqualTo(403);
    assertThat(node.get(path).status()).isEqualTo(404);
  }

  @Test
  void refusesContentThatIsNotWhatItsNameSays() throws IOException {
    String path = "/realisations/" + ID + "!bad.doi";
    for (String bad :
        new String[] {"", "{", "[]", "{}", realisation(ID + "!out"), "[".repeat(100_000)}) {
      assertThat(node.put(path, bad).status()).isEqualTo(bad.length() > 1000 ? 413 : 400);
      assertThat(node.get(path).status()).isEqualTo(404);
    }
    assertThat(node.put("/debuginfo/" + "00".repeat(20), "no").status()).isEqualTo(400);
  }

  @Test
  void saysWhyAnEncodedLogIsNotTaken() throws IOException {
    RawClient.Answer answer =
        node.put(
            "/log/00000000000000000000000000000003-x.drv",
            Packing.BZIP2.pack(Bytes.utf8("log")),
            "Content-Encoding: bzip2");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("log-compression");
  }

  @Test
  void readsTheLogsOfNixOnThisMachine(@TempDir Path directory) throws Exception {
    Bytes log = Bytes.utf8("a line of a log\n".repeat(20_000));
    Path packed = Files.write(directory.resolve("x.drv.bz2"), Packing.BZIP2.pack(log).toArray());
    Path plain = Files.write(directory.resolve("x.drv"), log.toArray());
    for (Path file : new Path[] {packed, plain}) {
      BuildLog read = BuildLog.of(file);
      assertThat(read.size()).isEqualTo(log.size());
      java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
      read.writeTo(ByteTarget.of(out), 100_000, 250_000);
      assertThat(Bytes.owning(out.toByteArray())).isEqualTo(log.slice(100_000, 250_000));
    }
  }
}
