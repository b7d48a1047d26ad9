package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import spindrift.base.JsonObject;

final class LibraryCheckupTest {
  private static final String FILE = "/nix/store/00000000000000000000000000000000-x/lib/x.so";

  private static String found(JsonObject libraries) {
    List<Finding> findings = new ArrayList<>();
    JsonObject node = JsonObject.of("libraries", libraries);
    LibraryCheckup.of(Optional.of(node)).run(findings::add);
    return findings.toString();
  }

  @Test
  void saysWhichAreUsed() {
    assertThat(found(JsonObject.of("libcrypto", FILE, "liblzma", "liblzma.so.5")))
        .contains("OK", "said=libcrypto " + FILE + ", liblzma of the system,");
    assertThat(found(JsonObject.of("libcrypto", "none", "liblzma", "none")))
        .contains("OK", "said=libcrypto not used, as asked for, liblzma not used");
  }

  @Test
  void saysHowToMendThatOneIsMissing() {
    assertThat(found(JsonObject.of("libcrypto", "libcrypto.so.3")))
        .contains("WARNING", "libcrypto of the system, no liblzma: Java does their work")
        .contains("\"-Dspindrift.liblzma=/…/lib/liblzma.so.5\"");
    assertThat(found(JsonObject.EMPTY)).contains("no libcrypto, no liblzma");
  }
}
