package spindrift.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import spindrift.base.Bytes;
import spindrift.dag.DirectoryWriter;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsEntry;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class GatewayDirectoryTest {
  private static final Pattern LINK = Pattern.compile("<a href=\"([^\"]*)\">");

  private TestNode node;

  @BeforeAll
  void open(@TempDir Path directory) throws IOException {
    node = TestNode.open(directory);
  }

  @AfterAll
  void close() throws IOException {
    node.close();
  }

  /** A directory of files whose contents are their names. */
  private Cid directory(List<Bytes> names) throws Exception {
    List<UnixFsEntry> entries = new ArrayList<>();
    for (Bytes name : names) {
      entries.add(new UnixFsEntry(name, node.blocks.put(Cid.RAW, name), name.size()));
    }
    return DirectoryWriter.write(entries, node.blocks).cid();
  }

  private static List<String> links(String page) {
    List<String> links = new ArrayList<>();
    Matcher link = LINK.matcher(page);
    while (link.find()) {
      links.add(link.group(1));
    }
    return links;
  }

  @Test
  void linksToFilesOfAnyName() throws Exception {
    List<Bytes> names =
        List.of(
            Bytes.utf8("\u0001\n\r\u007f"),
            Bytes.utf8(" leading"),
            Bytes.utf8("\"><img src=x onerror=alert(1)>"),
            Bytes.utf8("%2e%2e"),
            Bytes.utf8("&amp;"),
            Bytes.utf8("..."),
            Bytes.utf8("<script>alert(1)<"),
            Bytes.utf8("?format=raw#x"),
            Bytes.utf8("\\"),
            Bytes.utf8("javascript:alert(1)"),
            Bytes.utf8("schnee ❄.txt"),
            Bytes.of(0xc0, 0x80),
            Bytes.of(0xff, 'x'));
    Cid inner = directory(names);
    Cid outer =
        DirectoryWriter.write(List.of(new UnixFsEntry(Bytes.of('d', 0xfe), inner, 9)), node.blocks)
            .cid();
    for (String path : new String[] {"/ipfs/" + inner, "/ipfs/" + outer + "/d%FE/"}) {
      RawClient.Answer page = node.get(path);
      assertThat(page.status()).isEqualTo(200);
      assertThat(page.field("Content-Type")).contains("text/html; charset=utf-8");
      assertThat(page.field("Content-Security-Policy")).contains("sandbox");
      String html = page.body().utf8().orElseThrow();
      assertThat(html).doesNotContain("<script", "<img", "\u0001").contains("schnee ❄.txt");
      List<String> links = links(html);
      if (links.size() > names.size()) {
        assertThat(links.removeFirst()).isEqualTo("/ipfs/" + outer);
      }
      assertThat(links).hasSameSizeAs(names).allMatch(link -> link.startsWith("/ipfs/"));
      for (int i = 0; i < links.size(); i++) {
        assertThat(node.get(links.get(i)).body()).isEqualTo(names.get(i));
      }
    }
  }

  @Test
  void listsShardsInOrderAndNotWithoutEnd() throws Exception {
    List<Bytes> names = new ArrayList<>();
    for (int i = 0; i <= DirectoryPage.MAX_ENTRIES; i++) {
      names.add(Bytes.utf8("%05d".formatted(i)));
    }
    Cid large = directory(names.subList(0, 6000));
    assertThat(links(node.get("/ipfs/" + large).text()))
        .hasSize(6000)
        .isSorted()
        .first()
        .isEqualTo("/ipfs/" + large + "/00000");
    String page = node.get("/ipfs/" + directory(names)).text();
    assertThat(links(page)).hasSize(DirectoryPage.MAX_ENTRIES);
    assertThat(page).contains("There are more than these 20000 entries");
  }

  @Test
  void listsAnEmptyDirectory() throws Exception {
    assertThat(links(node.get("/ipfs/" + directory(List.of())).text())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "999, 999 B",
    "1000, 1.0 kB",
    "1049, 1.0 kB",
    "9949, 9.9 kB",
    "9950, 10 kB",
    "999499, 999 kB",
    "999500, 1.0 MB",
    "1234567890, 1.2 GB",
    "9223372036854775807, 9223 PB",
  })
  void writesSizesForPeople(long bytes, String text) {
    assertThat(DirectoryPage.size(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "a.html, x, text/html; charset=utf-8",
    "a.png, x, image/png",
    "README, hello, text/plain; charset=utf-8",
    "README, '', text/plain; charset=utf-8",
    "❄, ❄❄, text/plain; charset=utf-8",
    "bin, '\u0000ELF', application/octet-stream",
    "bin, '\u001b[0m', application/octet-stream",
    "a#b.html/.., x, text/plain; charset=utf-8",
  })
  void guessesTypes(String name, String content, String type) throws Exception {
    assertThat(MediaTypes.of(name, new MemorySource(Bytes.utf8(content)))).isEqualTo(type);
  }

  @Test
  void guessesTypesOfContentCutWithinACharacter() throws Exception {
    String text = "x".repeat(1023) + "❄".repeat(100);
    assertThat(MediaTypes.of("x", new MemorySource(Bytes.utf8(text)))).startsWith("text/plain");
    byte[] noise = "x".repeat(2000).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    noise[500] = (byte) 0xff;
    assertThat(MediaTypes.of("x", new MemorySource(Bytes.owning(noise))))
        .isEqualTo("application/octet-stream");
  }
}
