package spindrift.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import spindrift.fuse.MountException.Reason;

/** The life of a mount: where it may begin, and all the ways in which it ends. */
@Timeout(60)
class MountingTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final MemoryTree tree = new MemoryTree();

  MountingTest() {
    tree.file(FileTree.ROOT, "file", new byte[100_000]);
  }

  private static AbstractThrowableAssert<?, ?> assertRefused(Reason reason, ThrowingCallable call) {
    return assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            MountException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  private FuseSession mount(Path directory) throws MountException {
    return FuseSession.mount(tree, MountOptions.at(directory));
  }

  @Test
  void mountsOnlyWhereItHidesNothing() throws Exception {
    try (Kernel kernel = new Kernel()) {
      assertRefused(Reason.NO_DIRECTORY, () -> mount(kernel.base().resolve("missing")))
          .hasMessageContaining("there is no directory")
          .hasMessageContaining("missing");
      Path file = Files.createFile(kernel.base().resolve("file"));
      assertRefused(Reason.NOT_A_DIRECTORY, () -> mount(file)).hasMessageContaining("" + file);
      assertRefused(Reason.NOT_EMPTY, () -> mount(kernel.base())).hasMessageContaining("not empty");
      assertThat(MountTable.at(kernel.base())).isEmpty();
    }
  }

  @Test
  void mountsOverFilesWhenAsked() throws Exception {
    try (Kernel kernel = new Kernel()) {
      Path hidden = Files.createFile(kernel.path("hidden"));
      MountOptions options =
          MountOptions.at(kernel.directory()).with(MountOptions.Flag.HIDE_WHAT_IS_THERE);
      try (FuseSession session = FuseSession.mount(tree, options)) {
        assertThat(session.directory()).isEqualTo(kernel.directory());
        assertThat(Files.exists(hidden)).isFalse();
        assertThat(Files.size(kernel.path("file"))).isEqualTo(100_000);
      }
      Files.delete(hidden);
    }
  }

  @Test
  void mountsOncePerDirectory() throws Exception {
    try (Kernel kernel = Kernel.serving(tree)) {
      assertRefused(Reason.ALREADY_MOUNTED, () -> mount(kernel.directory()));
      Path link = Files.createSymbolicLink(kernel.base().resolve("link"), kernel.directory());
      assertRefused(Reason.ALREADY_MOUNTED, () -> mount(link));
    }
  }

  @Test
  void isListedWhileItIsMounted() throws Exception {
    try (Kernel kernel = new Kernel()) {
      MountOptions options = MountOptions.at(kernel.directory()).from("spindrift:all");
      try (FuseSession session =
          FuseSession.mount(tree, options.with(MountOptions.Flag.ALLOW_OTHER))) {
        Mount mount = MountTable.at(kernel.directory()).orElseThrow();
        assertThat(mount.type()).isEqualTo("fuse.spindrift");
        assertThat(mount.source()).isEqualTo("spindrift:all");
        assertThat(MountTable.ours()).contains(mount);
        assertThat(MountTable.condition(mount, SOON)).isEqualTo(MountTable.Condition.SERVING);
        assertThat(session.awaitEnd(Duration.ZERO)).isFalse();
        Path readAhead = Path.of("/sys/class/bdi", mount.device(), "read_ahead_kb");
        assertThat(Files.readString(readAhead)).isEqualTo("16384\n");
        assertThat(kernel.run("grep " + kernel.directory() + " /proc/mounts").text())
            .contains("ro,nosuid,nodev,noatime", "default_permissions", "allow_other");
      }
      assertThat(MountTable.at(kernel.directory())).isEmpty();
    }
  }

  @Test
  void isNotTakenFromUnderAProgram() throws Exception {
    try (Kernel kernel = Kernel.serving(tree)) {
      FuseSession session = kernel.session();
      try (var open = Files.newInputStream(kernel.path("file"))) {
        assertRefused(Reason.BUSY, session::unmount).hasMessageContaining("in use");
        assertThat(open.readNBytes(100)).hasSize(100);
        session.unmountLazily();
        assertThat(Files.exists(kernel.path("file"))).isFalse();
        // Served to the end.
        assertThat(open.readAllBytes()).hasSize(99_900);
        assertThat(session.awaitEnd(Duration.ZERO)).isFalse();
      }
      assertThat(session.awaitEnd(SOON)).isTrue();
      assertThat(session.descriptor()).isEqualTo(-1);
      assertRefused(Reason.NOT_MOUNTED, session::unmount);
      session.close();
    }
  }

  @Test
  void noticesThatSomebodyElseUnmounts() throws Exception {
    try (Kernel kernel = Kernel.serving(tree)) {
      assertThat(Kernel.run(kernel.base(), List.of("umount", "mount")).exit()).isZero();
      assertThat(kernel.session().awaitEnd(SOON)).isTrue();
      // What is there now is not ours to take away.
      kernel.session().close();
    }
  }

  @Test
  void takesAwayNothingButItself() throws Exception {
    try (Kernel kernel = Kernel.serving(tree)) {
      FuseSession above =
          FuseSession.mount(
              tree, MountOptions.at(kernel.directory()).with(MountOptions.Flag.HIDE_WHAT_IS_THERE));
      assertRefused(Reason.NOT_MOUNTED, () -> kernel.session().unmount());
      above.close();
      kernel.session().unmount();
    }
  }

  @Test
  void aKilledProcessLeavesAMountThatCanBeCleared() throws Exception {
    try (Kernel kernel = new Kernel()) {
      Process child = start(kernel, ChildJvm.command("serve", kernel.directory().toString()));
      Mount mount = MountTable.at(kernel.directory()).orElseThrow();
      assertThat(MountTable.condition(mount, SOON)).isEqualTo(MountTable.Condition.SERVING);
      child.destroyForcibly().waitFor();
      assertThat(MountTable.ours()).contains(mount);
      assertThat(MountTable.condition(mount, SOON)).isEqualTo(MountTable.Condition.STALE);
      assertThat(kernel.run("ls " + kernel.directory()).complaints())
          .contains("Transport endpoint is not connected");
      assertRefused(Reason.ALREADY_MOUNTED, () -> mount(kernel.directory()));
      MountTable.clear(mount);
      assertThat(MountTable.at(kernel.directory())).isEmpty();
      try (FuseSession again = mount(kernel.directory())) {
        assertThat(again.awaitEnd(Duration.ZERO)).isFalse();
      }
    }
  }

  @Test
  void aMountThatNobodyServesIsSilent() throws Exception {
    try (Kernel kernel = new Kernel()) {
      String options = "fd=7,rootmode=40000,user_id=0,group_id=0";
      Process holder =
          start(
              kernel,
              List.of(
                  "bash",
                  "-c",
                  "exec 7<>/dev/fuse; mount -i -t fuse.spindrift -o "
                      + options
                      + " spindrift mount; echo serving; exec sleep 60"));
      Mount mount = MountTable.at(kernel.directory()).orElseThrow();
      assertThat(MountTable.condition(mount, Duration.ofMillis(50)))
          .isEqualTo(MountTable.Condition.SILENT);
      MountTable.clear(mount);
      holder.destroyForcibly().waitFor();
    }
  }

  @Test
  void anotherProcessGoesOnWithAMount() throws Exception {
    try (Kernel kernel = new Kernel()) {
      Files.write(kernel.base().resolve("plain"), ChildJvm.data());
      String java = String.join(" ", ChildJvm.command("held", "" + kernel.directory(), "7"));
      String script =
          """
          exec 7<>/dev/fuse
          mount -i -t fuse.spindrift -o ro,fd=7,rootmode=40000,user_id=0,group_id=0 spindrift mount
          mkfifo said
          serve() { JAVA > said & server=$!; read -r answer < said; }
          serve
          dd if=mount/data of=copy bs=4k iflag=direct status=none & reader=$!
          until [ -s copy ]; do :; done
          kill -9 $server; wait $server
          cat mount/data > whole & second=$!
          serve
          wait $reader && wait $second && cmp plain copy && cmp plain whole && echo same
          umount mount || umount -l mount
          wait $server
          rm said
          """
              .replace("JAVA", java);
      Kernel.Outcome outcome = Kernel.run(kernel.base(), List.of("bash", "-c", script));
      assertThat(outcome.text()).as(outcome.complaints()).isEqualTo("same\n");
    }
  }

  @Test
  void onlyADescriptorOfAMountCanBeResumed() throws Exception {
    try (Kernel kernel = new Kernel()) {
      assertRefused(Reason.NOT_MOUNTED, () -> FuseSession.resume(tree, kernel.directory(), 0));
    }
    try (Kernel kernel = Kernel.serving(tree)) {
      int fd = Libc.open("/dev/null", 0);
      assertRefused(Reason.FAILED, () -> FuseSession.resume(tree, kernel.directory(), fd))
          .hasMessageContaining("cannot go on");
      Libc.close(fd);
    }
  }

  /** Starts a program and waits until it has said something. */
  private static Process start(Kernel kernel, List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .directory(kernel.base().toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
    assertThat(said.readLine()).startsWith("serving");
    return process;
  }
}
