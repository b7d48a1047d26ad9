package spindrift.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import spindrift.base.Bytes;
import spindrift.testkit.Packing;

final class UploadTest {
  private final TestObject object = TestObject.tree();
  private TestNode node;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    node = TestNode.open(directory);
  }

  @AfterEach
  void close() throws IOException {
    node.close();
  }

  @ParameterizedTest
  @EnumSource(Packing.class)
  void takesAllFormats(Packing packing) throws IOException {
    Bytes file = packing.pack(object.nar());
    assertThat(node.put("/nar/f", file).status()).isEqualTo(200);
    String narInfo = object.narInfo("nar/f", "none", file, "");
    assertThat(node.put("/" + object.hashPart() + ".narinfo", narInfo).status()).isEqualTo(200);
    assertThat(node.get("/" + object.url()).body()).isEqualTo(object.nar());
    assertThat(node.accepted).hasValue(1);
  }

  /** All of these formats say that files behind one another are one file. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void takesFilesOfSeveralMembers(Packing packing) throws IOException {
    Bytes nar = object.nar();
    Bytes file = Bytes.EMPTY;
    for (int cut = 0; cut < nar.size(); cut += 100_001) {
      file = file.concat(packing.pack(nar.slice(cut, Math.min(nar.size(), cut + 100_001))));
    }
    assertThat(node.put("/nar/f", file).status()).isEqualTo(200);
    assertThat(
            node.put("/" + object.hashPart() + ".narinfo", object.narInfo("nar/f", "x", file, ""))
                .status())
        .isEqualTo(400);
    assertThat(
            node.put("/" + object.hashPart() + ".narinfo", object.narInfo("nar/f", "xz", file, ""))
                .status())
        .isEqualTo(200);
  }

  @Test
  void doesNotWantANarThatIsHereSentAgain() throws IOException {
    Bytes file = Packing.ZSTD.pack(object.nar());
    node.put("/nar/f.nar.zst", file);
    node.put(
        "/" + object.hashPart() + ".narinfo", object.narInfo("nar/f.nar.zst", "zstd", file, ""));
    TestObject twin = TestObject.numbered(3, object.nar());
    assertThat(node.head("/" + twin.url()).status()).isEqualTo(200);
    assertThat(node.put("/" + twin.hashPart() + ".narinfo", twin.narInfo()).status())
        .isEqualTo(200);
    assertThat(node.get("/" + twin.hashPart() + ".narinfo").status()).isEqualTo(200);
  }

  @Test
  void takesReferencesToWhatIsHereAndToItself() throws IOException {
    node.push(object);
    TestObject user = TestObject.file("uses the other");
    node.put("/" + user.url(), user.nar());
    String references =
        user.hashPart() + "-" + user.name() + " " + object.hashPart() + "-" + object.name();
    RawClient.Answer answer =
        node.put(
            "/" + user.hashPart() + ".narinfo",
            user.narInfo(user.url(), "none", user.nar(), references));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(node.get("/" + user.hashPart() + ".narinfo").text())
        .contains("References: " + references + "\n");
  }

  @Test
  void takesTheSameThingTwice() throws IOException {
    node.push(object);
    node.push(object);
    assertThat(node.get("/" + object.url()).body()).isEqualTo(object.nar());
  }

  @Test
  void takesTwentyAtOnceEvenToOnePlace() throws Exception {
    Bytes file = Packing.XZ.pack(object.nar());
    List<Future<Integer>> answers = new ArrayList<>();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 20; i++) {
        String url = "/nar/f" + i / 2;
        answers.add(clients.submit(() -> node.put(url, file).status()));
      }
    }
    for (Future<Integer> answer : answers) {
      assertThat(answer.get()).isEqualTo(200);
    }
    assertThat(
            node.put("/" + object.hashPart() + ".narinfo", object.narInfo("nar/f0", "xz", file, ""))
                .status())
        .isEqualTo(200);
    assertThat(node.get("/" + object.url()).body()).isEqualTo(object.nar());
  }

  @Test
  void asksForABodyThatTheClientWaitsWith() throws IOException {
    try (RawClient client = node.client()) {
      client.send(
          "PUT /"
              + object.url()
              + " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: "
              + object.nar().size()
              + "\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(100);
      object.nar().writeTo(client.socket.getOutputStream());
      assertThat(client.answer().status()).isEqualTo(200);
    }
  }
}
