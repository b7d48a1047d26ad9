package spindrift.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.FileRange;
import spindrift.nix.FileMode;

/** Which files become one with others. */
final class SameFilesTest {
  private static final int SIZE = 3;

  @TempDir Path scratch;
  private Path store;
  private Path made;

  @BeforeEach
  void makeStore() throws Exception {
    store = Files.createDirectory(scratch.resolve("store"));
    made = store.resolve("made");
  }

  @Test
  void aFileOfTheStoreIs() throws Exception {
    assertThat(make(sound(store.resolve("file")))).isTrue();
    assertThat(made).hasBinaryContent(new byte[SIZE]);
  }

  @Test
  void aFileThatOnlySeemsToBeInTheStoreIsNotLinkedTo() throws Exception {
    Path outside = sound(scratch.resolve("file"));
    make(store.resolve("../file"));
    requireNoLinkTo(outside);
  }

  @Test
  void aFileOfSomebodyElseIsNotLinkedTo() throws Exception {
    assumeThat(System.getProperty("user.name")).isEqualTo("root");
    Path file = sound(store.resolve("file"));
    Files.setAttribute(file, "unix:uid", 1);
    make(file);
    requireNoLinkTo(file);
  }

  @Test
  void rootTakesNothingThatIsPrivate() throws Exception {
    assumeThat(System.getProperty("user.name")).isEqualTo("root");
    Path file = sound(store.resolve("file"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r-----"));
    assertThat(make(file)).isFalse();
  }

  @Test
  void whatIsGoneIsWrittenOut() throws Exception {
    assertThat(make(store.resolve("none"))).isFalse();
    assertThat(made).doesNotExist();
  }

  private boolean make(Path from) throws IOException {
    return new SameFiles(store).make(made, FileMode.REGULAR, new FileRange(from, 0, SIZE));
  }

  /** A clone it may be. */
  private void requireNoLinkTo(Path other) throws IOException {
    assertThat(Files.getAttribute(other, "unix:nlink")).isEqualTo(1);
  }

  private static Path sound(Path file) throws IOException {
    Files.write(file, new byte[SIZE]);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    Linux.setFirstSecond(file);
    return file;
  }
}
