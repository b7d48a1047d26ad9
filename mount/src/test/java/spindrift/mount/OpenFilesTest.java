package spindrift.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.FileIdentity;

class OpenFilesTest {
  @TempDir Path scratch;

  private long open(Path file) throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(descriptor -> target(descriptor).startsWith(file + "")).count();
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return ""; // that of the list itself
    }
  }

  @Test
  void nothingStaysOpenOfFilesThatAreGoneOrChanged() throws Exception {
    Path file = Files.writeString(scratch.resolve("file"), "content");
    FileIdentity identity = FileIdentity.of(file);
    try (OpenFiles files = new OpenFiles()) {
      files.use(file, identity).orElseThrow().release();
      assertThat(open(file)).as("kept for the next").isEqualTo(1);
      Files.delete(file);
      assertThat(files.use(file, identity)).isEmpty();
      assertThat(open(file)).isZero();
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> files.use(file, identity)).isInstanceOf(NoSuchFileException.class);
      }
      Files.writeString(file, "another");
      for (int i = 0; i < 3; i++) {
        assertThat(files.use(file, identity)).isEmpty();
      }
      assertThat(open(file)).isZero();
    }
  }

  @Test
  void whatIsReadStaysOpenUntilItIsReleased() throws Exception {
    Path file = Files.writeString(scratch.resolve("file"), "content");
    OpenFiles files = new OpenFiles();
    Optional<OpenFiles.Open> used = files.use(file, FileIdentity.of(file));
    files.close();
    assertThat(open(file)).isEqualTo(1);
    used.orElseThrow().release();
    assertThat(open(file)).isZero();
  }
}
