package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import spindrift.base.JsonObject;

final class MembersTest {
  @Test
  void listsAndObjectsReadAsText() {
    JsonObject node =
        JsonObject.of(
            "keys", List.of("one-1", "other-2"),
            "libraries", JsonObject.of("libcrypto", "libcrypto.so.3", "liblzma", "none"));
    assertThat(Members.text(node, "keys")).isEqualTo("one-1, other-2");
    assertThat(Members.text(node, "libraries")).isEqualTo("libcrypto libcrypto.so.3, liblzma none");
  }
}
