package spindrift.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;

/**
 * Mounting as an ordinary user, by fusermount3: in a mount namespace of its own, with a /dev/fuse
 * that is open to all, as distributions have it.
 */
@Timeout(60)
class UnprivilegedTest {
  private static final String PRIVATE =
      """
      set -e
      mount -t tmpfs tmpfs mnt
      mknod -m 0666 mnt/fuse c 10 229
      mount --bind mnt/fuse /dev/fuse
      mkdir mnt/home; chown 65534:65534 mnt/home
      [ -e conf ] && mount --bind conf /etc/fuse.conf
      user() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
      cd mnt/home
      mkfifo -m 666 said; exec 9<>said
      user mkdir mount
      """;

  private static final String SERVE = "user JAVA >&9 & server=$!\nread -r answer <&9\n";

  private static Kernel.Outcome inPrivate(Path folder, String script)
      throws IOException, InterruptedException {
    Kernel.assumeMountable();
    assumeTrue(Files.exists(Path.of("/usr/bin/fusermount3")), "no fusermount3 here");
    assumeTrue(Files.exists(Path.of("/usr/bin/setpriv")), "no setpriv here");
    Files.createDirectories(folder.resolve("mnt"));
    return Kernel.run(folder, List.of("unshare", "-m", "bash", "-c", PRIVATE + script));
  }

  /** The classes, where everybody may read them. */
  private static String java(Path folder, String... arguments) throws IOException {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    for (Class<?> type : List.of(FuseSession.class, Bytes.class, ChildJvm.class)) {
      URI location = URI.create("" + type.getProtectionDomain().getCodeSource().getLocation());
      Path from = Path.of(location);
      if (!Files.isDirectory(from)) {
        Files.copy(
            from, classes.resolve("base.jar"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        continue;
      }
      try (Stream<Path> files = Files.walk(from)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Path to = classes.resolve(from.relativize(file).toString());
          Files.createDirectories(to.getParent());
          Files.copy(file, to, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
    return String.join(" ", ChildJvm.commandWith(classes + ":" + classes + "/base.jar", arguments));
  }

  private static void open(Path folder) throws IOException {
    Files.setPosixFilePermissions(
        folder, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void mountsAndUnmountsByFusermount(@TempDir Path folder) throws Exception {
    open(folder);
    Files.write(folder.resolve("plain"), ChildJvm.data());
    String script =
        SERVE
            + """
            echo ${answer%% *}
            user cmp mount/data ../../plain && echo same
            user stat -c '%u %a %s' mount/data
            cat mount/data 2>&1 | head -c 200
            grep -c 'fuse.spindrift.*user_id=65534' /proc/self/mounts
            user touch mount/new 2>&1 | grep -o Read-only
            user bash -c 'exec 8< mount/data; fusermount3 -u mount 2>&1; true' | grep -o busy
            user fusermount3 -u mount
            read -r answer <&9; echo $answer
            wait $server
            """;
    Kernel.Outcome outcome =
        inPrivate(folder, script.replace("JAVA", java(folder, "fusermount", "mount")));
    assertThat(outcome.text().lines())
        .as(outcome.complaints())
        .containsExactly(
            "serving",
            "same",
            "0 444 4000000",
            "cat: mount/data: Permission denied",
            "1",
            "Read-only",
            "busy",
            "ended");
  }

  @Test
  void unmountsWhatItMounted(@TempDir Path folder) throws Exception {
    open(folder);
    String script = "user JAVA\ngrep -c fuse.spindrift.*user_id=65534 /proc/self/mounts";
    Kernel.Outcome outcome =
        inPrivate(folder, script.replace("JAVA", java(folder, "brief", "mount")));
    assertThat(outcome.text().lines())
        .as(outcome.complaints())
        .containsExactly("SERVING", "BUSY", "ended true", "0");
  }

  @Test
  void clearsWhatAKilledProcessLeft(@TempDir Path folder) throws Exception {
    open(folder);
    String script = SERVE + "kill -9 ${answer##* }; wait $server || true\nuser CLEAR\n";
    Kernel.Outcome outcome =
        inPrivate(
            folder,
            script
                .replace("JAVA", java(folder, "fusermount", "mount"))
                .replace("CLEAR", java(folder, "clear", "mount")));
    assertThat(outcome.text().lines())
        .as(outcome.complaints())
        .containsExactly("STALE", "left false");
  }

  @Test
  void sharesWithOthersOnlyWhereItIsAllowed(@TempDir Path folder) throws Exception {
    open(folder);
    Files.writeString(folder.resolve("conf"), "# nothing\n");
    String java = java(folder, "fusermount", "mount", "ALLOW_OTHER");
    String refused = SERVE.replace("JAVA", java) + "echo $answer\n";
    assertThat(inPrivate(folder, refused).text())
        .startsWith("NO_ALLOW_OTHER an ordinary user may mount for all users only where")
        .contains("/etc/fuse.conf has a line user_allow_other");
    Files.writeString(folder.resolve("conf"), "user_allow_other\n");
    String allowed = refused + "head -c 10 mount/data | wc -c\numount mount\nwait $server\n";
    assertThat(inPrivate(folder, allowed).text()).startsWith("serving ").endsWith("\n10\n");
  }

  @Test
  void saysWhatIsMissing(@TempDir Path folder) throws Exception {
    open(folder);
    String java = java(folder, "fusermount", "mount");
    String serve = SERVE.replace("JAVA", java) + "echo $answer\n";
    assertThat(inPrivate(folder, "chmod 600 /dev/fuse\n" + serve).text())
        .startsWith("NOT_PERMITTED this user may not open /dev/fuse");
    assertThat(inPrivate(folder, "mount --bind /dev/null /usr/bin/fusermount3\n" + serve).text())
        .startsWith("NO_HELPER fusermount3 is not here");
    assertThat(inPrivate(folder, "rmdir mount; mkdir -m 555 mount\n" + serve).text())
        .startsWith("NOT_PERMITTED an ordinary user may mount only on a directory of their own");
    String noDevice = "umount /dev/fuse; mount -t tmpfs tmpfs /dev; mknod -m 666 /dev/null c 1 3\n";
    assertThat(inPrivate(folder, noDevice + serve).text())
        .startsWith("NO_DEVICE there is no working /dev/fuse");
    String root = serve.replaceFirst("user ", "").replace(" fusermount ", " serve ");
    assertThat(inPrivate(folder, noDevice + root).text())
        .startsWith("NO_DEVICE there is no working /dev/fuse");
  }
}
