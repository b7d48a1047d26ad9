package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.node.Node;
import spindrift.testkit.Corpus;

/**
 * The mount tour of the README as an ordinary user, through {@code fusermount3}: in a mount
 * namespace of its own, with a /dev/fuse that is open to all, as distributions have it. Programs
 * are bound to where that user may read them.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class MountUserTest {
  private static final String TOUR =
      """
      set -e
      mount -t tmpfs tmpfs mnt
      mkdir mnt/classes mnt/home
      chown 65534:65534 mnt/home
      mknod -m 0666 mnt/fuse c 10 229
      mount --bind mnt/fuse /dev/fuse
      number=0; path=
      IFS=:
      for entry in $CLASSES; do
        number=$((number + 1)); bound=$PWD/mnt/classes/$number.jar
        if [ -d "$entry" ]; then bound=$PWD/mnt/classes/$number; mkdir $bound; else : > $bound; fi
        mount --bind "$entry" $bound
        path=$path:$bound
      done
      unset IFS
      cd mnt/home
      user() {
        setpriv --reuid 65534 --regid 65534 --clear-groups \\
          env -i HOME=$PWD XDG_DATA_HOME=$PWD PATH=/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C "$@"
      }
      program="$JAVA/bin/java -Xmx128m -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED
        -cp ${path#:} spindrift.cli.Main"
      spindrift() { user $program "$@"; }
      user test -x $JAVA/bin/java || { echo no-java; exit; }
      say() { echo "$1: $(eval "$2" 2>&1 | tr '\\n' ' ')"; }
      mkfifo -m 666 said; exec 9<>said
      set -m # the node gets a group of processes of its own, to be ended as a whole
      spindrift up --store none --listen 127.0.0.1:0 --p2p-listen /ip4/127.0.0.1/tcp/0 --no-mdns \\
        --upstream none --trusted-key $KEY --peer $PEER >&9 2>node.log & node=$!
      set +m; trap 'kill -- -$node; wait' EXIT
      read -t 60 -r ready <&9 || { cat node.log; exit; }
      user mkdir store other
      say mounted 'spindrift mount store $ROOT --background'
      say paths 'user ls store | wc -l'
      say bytes 'user sha256sum store/$FILE'
      say owner 'user stat -c "%u %a %Y" store/$FILE'
      say listed 'spindrift mounts'
      say root 'cat store/$FILE'
      say hidden '$program mounts --data $PWD/none'
      say busy 'user bash -c "exec 8< store/$FILE; fusermount3 -u store"'
      say unmounted 'spindrift umount store'
      say left 'user ls -A store'
      say others 'spindrift mount other --all --allow-other'
      say foreign 'spindrift mount other --all --data $FOREIGN'
      spindrift mount other --all >&9 2>mount.log & mount=$!
      read -t 60 -r mounted <&9 || { cat mount.log; exit; }
      pid=${mounted##*pid=}; kill -9 $pid; wait $mount || true
      say stale 'spindrift mounts'
      say cleared 'spindrift umount other'
      say gone 'grep -c user_id=65534 /proc/self/mounts'
      """;

  @TempDir Path scratch;

  private MountPrograms programs;

  @BeforeEach
  void open() {
    programs = new MountPrograms(scratch);
    for (String needed : List.of("fusermount3", "setpriv", "unshare")) {
      assumeThat(Files.exists(Path.of("/usr/bin", needed))).as(needed).isTrue();
    }
    // Nothing of the user's may be mounted for all here.
    assumeThat(Path.of("/etc/fuse.conf")).content().doesNotContainPattern("(?m)^user_allow_other");
  }

  @AfterEach
  void close() throws Exception {
    programs.close();
  }

  @Test
  void anOrdinaryUserTakesTheTour() throws Exception {
    Node owner = programs.owner();
    Files.setPosixFilePermissions(
        scratch, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createDirectories(scratch.resolve("mnt"));
    Path file = MountPrograms.files(MountPrograms.names(".*-dash-0[^/]*\\d").getFirst()).getFirst();
    Path out = scratch.resolve("out");
    ProcessBuilder builder =
        new ProcessBuilder("timeout", "-k", "5", "90", "unshare", "-m", "bash", "-c", TOUR)
            .directory(scratch.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile());
    builder.environment().put("CLASSES", classes());
    builder.environment().put("JAVA", System.getProperty("java.home"));
    builder.environment().put("KEY", Corpus.key());
    builder.environment().put("PEER", owner.p2pAddress());
    builder.environment().put("ROOT", Corpus.system());
    builder.environment().put("FILE", file.toString());
    builder.environment().put("FOREIGN", programs.data("owner").toString());
    Process process = builder.start();
    process.waitFor();
    String said = Files.readString(out, StandardCharsets.UTF_8);
    assumeThat(said).as("a Java that all may run").isNotEqualTo("no-java\n");
    check(said, MountPrograms.original(file.toString()));
  }

  private static String classes() {
    List<String> command = Launched.spindrift().command();
    return String.join(
        File.pathSeparator, List.of(command.get(command.indexOf("-cp") + 1).split(":")));
  }

  private static void check(String said, Path original) throws Exception {
    String digest =
        java.util.HexFormat.of()
            .formatHex(
                java.security.MessageDigest.getInstance("SHA-256")
                    .digest(Files.readAllBytes(original)));
    String mode = Files.isExecutable(original) ? "555" : "444";
    assertThat(said)
        .containsPattern("mounted: mounted \\S+/home/store paths=\\d+ pid=\\d+ ")
        .containsPattern("paths: [1-9]\\d")
        .contains("bytes: " + digest)
        .contains("owner: 0 " + mode + " 1 ")
        .containsPattern("listed: serving +\\S+/home/store pid=\\d+ paths=")
        .containsPattern("root: cat: .*Permission denied")
        .containsPattern("hidden: hidden +\\S+/home/store ")
        .containsPattern("busy: .*busy")
        .contains("unmounted: \n", "left: \n")
        .contains("others: spindrift: an ordinary user may mount for all users only where")
        .contains("foreign: spindrift: ", "the node is another user's")
        .containsPattern("stale: stale +\\S+/home/other ")
        .contains("cleared: \n", "gone: 0 ");
  }
}
