package spindrift.blocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.ConfigException;

class DirectoryLockTest {
  @TempDir Path directory;

  @Test
  void theSecondOneIsToldWhoHasIt() throws Exception {
    try (DirectoryLock lock = DirectoryLock.acquire(directory.resolve("new"))) {
      assertThat(lock).isNotNull();
      assertThatThrownBy(() -> DirectoryLock.acquire(directory.resolve("new")))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("in use by process " + ProcessHandle.current().pid());
    }
  }

  @Test
  void canBeTakenAgainOnceItIsGivenBack() throws Exception {
    DirectoryLock.acquire(directory).close();
    DirectoryLock.acquire(directory).close();
  }

  @Test
  void aFileLeftBehindByADeadProcessIsNoLock() throws Exception {
    Files.writeString(directory.resolve("lock"), "999999999999999999");
    try (DirectoryLock lock = DirectoryLock.acquire(directory)) {
      assertThat(Files.readString(directory.resolve("lock")))
          .isEqualTo(Long.toString(ProcessHandle.current().pid()));
      assertThat(lock).isNotNull();
    }
  }
}
