package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class RehearsedMountTest {
  private final BlockingQueue<List<String>> ran = new LinkedBlockingQueue<>();

  @TempDir Path folder;

  @Test
  void whereNothingCanBeMountedNothingIsWaitedFor() throws Exception {
    Path mount = folder.resolve("mount");
    new RehearsedMount(mount, "path", "--data=DIR").run(words -> ran.add(List.of(words)));
    assertThat(ran).containsExactly(List.of("mount", mount.toString(), "path", "--data=DIR"));
  }

  @Test
  void whatWasMountedIsReadAndUnmounted() throws Exception {
    Path mount = folder.resolve("mount");
    CountDownLatch unmounted = new CountDownLatch(1);
    new RehearsedMount(mount, "path", "--data=DIR").run(words -> mountOrUnmount(words, unmounted));
    assertThat(ran).containsExactly(List.of("umount", mount.toString()));
  }

  private void mountOrUnmount(String[] words, CountDownLatch unmounted) {
    try {
      if (words[0].equals("mount")) {
        Files.createSymbolicLink(Path.of(words[1], "link"), Path.of("nowhere"));
        Files.writeString(Path.of(words[1], words[2]), "content");
        assertThat(unmounted.await(20, TimeUnit.SECONDS)).isTrue();
      } else {
        ran.add(List.of(words));
        unmounted.countDown();
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
