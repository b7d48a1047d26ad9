package spindrift.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.nix.FileMode;
import spindrift.store.Linux.Cloning;

/** Calls that are given what somebody else named. */
final class LinuxTest {
  @TempDir Path scratch;

  @Test
  void whatIsNotAFileThatIsThereIsNotCloned() throws Exception {
    Path file = Files.write(scratch.resolve("file"), new byte[3]);
    Path link = Files.createSymbolicLink(scratch.resolve("link"), file);
    Path fifo = scratch.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    Path made = scratch.resolve("made");
    for (Path other : List.of(scratch.resolve("none"), link, fifo, scratch)) {
      assertThat(Linux.cloneFile(other, Files.exists(other) ? 0 : 3, made, FileMode.REGULAR))
          .as(other.toString())
          .isEqualTo(Cloning.OTHER_FILE);
    }
    assertThat(Linux.cloneFile(file, 2, made, FileMode.REGULAR)).isEqualTo(Cloning.OTHER_FILE);
    assertThat(made).doesNotExist();
    assertThat(Linux.cloneFile(file, 3, made, FileMode.REGULAR)).isNotEqualTo(Cloning.OTHER_FILE);
  }

  @Test
  void aStoreMayBeASymbolicLink() throws Exception {
    Path folder = Files.createDirectory(scratch.resolve("folder"));
    Linux.syncFileSystem(Files.createSymbolicLink(scratch.resolve("store"), folder));
  }

  @Test
  void processorsDifferInOneFlag() {
    assertThat(Linux.noFollow("amd64")).isEqualTo(0400000);
    assertThat(Linux.noFollow("riscv64")).isEqualTo(0400000);
    assertThat(Linux.noFollow("aarch64")).isEqualTo(0100000);
  }
}
