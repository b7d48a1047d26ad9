package spindrift.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CacheInfoTest {
  private TestNode node;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    node = TestNode.open(directory);
  }

  @AfterEach
  void close() throws IOException {
    node.close();
  }

  @Test
  void isThereWithoutBeingPut() throws IOException {
    RawClient.Answer answer = node.get("/nix-cache-info");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.field("Content-Type")).contains("text/x-nix-cache-info");
    assertThat(answer.text())
        .contains("StoreDir: /nix/store\n", "WantMassQuery: 1\n")
        .endsWith("\n");
    RawClient.Answer head = node.head("/nix-cache-info");
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.field("Content-Length")).contains(String.valueOf(answer.body().size()));
  }

  @Test
  void isNotChangedByAClientThatPutsItsOwn() throws IOException {
    String before = node.get("/nix-cache-info").text();
    assertThat(node.put("/nix-cache-info", "StoreDir: /nix/store\nPriority: 1\n").status())
        .isEqualTo(200);
    assertThat(node.get("/nix-cache-info").text()).isEqualTo(before);
  }

  @Test
  void refusesAnotherStore() throws IOException {
    RawClient.Answer answer = node.put("/nix-cache-info", "StoreDir: /gnu/store\n");
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text()).contains("/nix/store");
  }

  @Test
  void refusesMoreThanItCouldBe() throws IOException {
    assertThat(node.put("/nix-cache-info", "x".repeat(70_000)).status()).isEqualTo(413);
  }
}
