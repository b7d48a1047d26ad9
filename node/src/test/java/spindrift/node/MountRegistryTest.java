package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.JsonObject;

final class MountRegistryTest {
  /** No process has it: Linux gives numbers up to 2^22. */
  private static final long NOBODY = 1L << 30;

  private static final long OWN = ProcessHandle.current().pid();

  @TempDir Path data;

  private JsonObject description(Instant since) {
    return JsonObject.of("directory", "/mnt", "since", since.toString());
  }

  private Path file(String name) throws Exception {
    return Files.createDirectories(data.resolve("mounts")).resolve(name);
  }

  @Test
  void descriptionsOfProcessesThatAreGoneAreRemoved() throws Exception {
    MountRegistry registry = new MountRegistry(data);
    Path dead = Files.writeString(file(NOBODY + ".json"), description(Instant.now()).toString());
    registry.put(description(Instant.now()));
    assertThat(dead).doesNotExist();
    assertThat(registry.entries()).hasSize(1).allMatch(MountRegistry.Entry::isAlive);
    registry.clean();
    assertThat(registry.entries()).hasSize(1);
  }

  @Test
  void anotherProcessThatHasTheNumberNowIsNotTheMount() throws Exception {
    MountRegistry registry = new MountRegistry(data);
    registry.put(description(Instant.now().minus(Duration.ofDays(3000))));
    assertThat(registry.entries()).noneMatch(MountRegistry.Entry::isAlive);
  }

  @Test
  void logsOfProcessesThatAreGoneAreKeptForAWeek() throws Exception {
    FileTime longAgo = FileTime.from(Instant.now().minus(Duration.ofDays(8)));
    Path old = Files.writeString(file(NOBODY + ".log"), "");
    Path unnamed = Files.writeString(file("mount-1.log"), "");
    Path own = Files.writeString(file(OWN + ".log"), "");
    for (Path log : new Path[] {old, unnamed, own}) {
      Files.setLastModifiedTime(log, longAgo);
    }
    Path fresh = Files.writeString(file((NOBODY + 1) + ".log"), "");
    new MountRegistry(data).clean();
    assertThat(old).doesNotExist();
    assertThat(unnamed).doesNotExist();
    assertThat(own).exists();
    assertThat(fresh).exists();
  }

  @Test
  void whatIsNoDescriptionIsLeftAlone() throws Exception {
    Files.writeString(file("notes.json"), "{}");
    Files.writeString(file("12.json"), "no JSON");
    assertThat(new MountRegistry(data).entries()).isEmpty();
    assertThat(new MountRegistry(data.resolve("absent")).entries()).isEmpty();
  }
}
