package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.ConfigException;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/** What people give for a store object. */
final class StorePathArgumentTest {
  private static final StorePath PATH = new StorePath("0".repeat(32), "hello-1.0");

  @TempDir Path folder;

  @Test
  void takesPathsAndBaseNames() throws Exception {
    for (String text :
        new String[] {
          PATH.in(StoreDir.DEFAULT),
          PATH.baseName(),
          PATH.in(StoreDir.DEFAULT) + "/bin/hello",
          PATH.in(StoreDir.DEFAULT) + "/"
        }) {
      assertThat(StorePathArgument.storePath(StoreDir.DEFAULT, text)).isEqualTo(PATH);
      assertThat(StorePathArgument.hashPart(StoreDir.DEFAULT, text)).isEqualTo(PATH.hashPart());
    }
    assertThat(StorePathArgument.hashPart(StoreDir.DEFAULT, PATH.hashPart()))
        .isEqualTo(PATH.hashPart());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "/", "/nix/store", "/nix/store/", "/nix/store/x", "hello", "/gnu/store/a"})
  void saysWhatItWants(String text) {
    assertThatThrownBy(() -> StorePathArgument.storePath(StoreDir.DEFAULT, text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("/nix/store/HASH-NAME");
  }

  @Test
  void followsLinksIntoTheStore() throws Exception {
    String path = PATH.in(StoreDir.DEFAULT);
    Path result = Files.createSymbolicLink(folder.resolve("result"), Path.of(path));
    Path second = Files.createSymbolicLink(folder.resolve("second"), Path.of("result"));
    Path elsewhere = Files.createSymbolicLink(folder.resolve("elsewhere"), Path.of("/etc"));
    Path loop = Files.createSymbolicLink(folder.resolve("loop"), Path.of("loop"));
    assertThat(StorePathArgument.resolveLink(StoreDir.DEFAULT, result.toString())).isEqualTo(path);
    assertThat(StorePathArgument.resolveLink(StoreDir.DEFAULT, second.toString())).isEqualTo(path);
    for (String text :
        new String[] {elsewhere.toString(), loop.toString(), path, PATH.baseName(), "absent"}) {
      assertThat(StorePathArgument.resolveLink(StoreDir.DEFAULT, text)).isEqualTo(text);
    }
  }
}
