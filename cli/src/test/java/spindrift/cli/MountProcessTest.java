package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.mount.MountSettings;
import spindrift.node.Mounted;
import spindrift.node.Node;

/** Mounts and nodes that begin and end while programs read. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class MountProcessTest {
  private static final String SMALL = ".*-(dash-0.*|debianutils-.*|libattr1.*)";

  @TempDir Path scratch;

  private MountPrograms programs;

  @BeforeEach
  void open() {
    programs = new MountPrograms(scratch);
  }

  @AfterEach
  void close() throws Exception {
    programs.close();
  }

  private static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (String name : MountPrograms.names(SMALL)) {
      files.addAll(MountPrograms.files(name));
    }
    return files;
  }

  @Test
  void isMountedInTheBackgroundUntilItIsUnmounted() throws Exception {
    Node owner = programs.owner();
    String data = programs.data("owner").toString();
    Path directory = programs.directory();
    MountPrograms.Running started = programs.mountProcess("owner", "--all", "--background");
    assertThat(started.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(started.process().exitValue()).isZero();
    ProcessHandle process = ProcessHandle.of(Long.parseLong(started.value("pid"))).orElseThrow();
    Path described = programs.data("owner").resolve("mounts/" + process.pid() + ".json");
    assertThat(described).exists();
    assertThat(described.resolveSibling(process.pid() + ".log")).content().contains("mounted");
    assertThat(Ran.spindrift("mounts", "--data", data).expectSuccess().text())
        .contains("serving", directory + " pid=" + process.pid(), "paths=all");

    Path file = files().getFirst();
    programs.compare(file);
    try (FileChannel open = FileChannel.open(directory.resolve(file))) {
      assertThat(open.size()).isPositive();
      Ran busy = Ran.spindrift("umount", directory.toString());
      assertThat(busy.status()).isEqualTo(ExitCode.FAILED);
      assertThat(busy.err()).contains(directory + " is in use", "--lazy");
      Ran.spindrift("umount", "--lazy", directory.toString()).expectSuccess();
      assertThat(directory).isEmptyDirectory();
      assertThat(open.read(java.nio.ByteBuffer.allocate(10), 0)).as("goes on").isPositive();
    }
    // Nix may have started since, with a copy of the mount in a namespace of its own.
    owner.close();
    process.onExit().get(20, TimeUnit.SECONDS);
    assertThat(described).doesNotExist();
  }

  @Test
  void wantsAnEmptyDirectory() throws Exception {
    programs.owner();
    Path full = Files.createDirectories(scratch.resolve("full/file")).getParent();
    Path absent = scratch.resolve("absent");
    String data = programs.data("owner").toString();
    Ran notEmpty = Ran.spindrift("mount", full.toString(), "--all", "--data", data);
    assertThat(notEmpty.status()).isEqualTo(ExitCode.FAILED);
    assertThat(notEmpty.err())
        .isEqualTo("spindrift: " + full + " is not empty; what is in it would be hidden\n");
    Ran missing = Ran.spindrift("mount", absent.toString(), "--all", "--data", data);
    assertThat(missing.status()).isEqualTo(ExitCode.FAILED);
    assertThat(missing.err()).isEqualTo("spindrift: there is no directory " + absent + "\n");
    String nobodys = "/nix/store/" + "0".repeat(32) + "-nobody-has-it";
    Ran nobody = Ran.spindrift("mount", programs.directory().toString(), nobodys, "--data", data);
    assertThat(nobody.status()).isEqualTo(ExitCode.ABSENT);
    assertThat(nobody.err()).contains(nobodys, "nobody has it");
  }

  @Test
  void ofAMountThatIsKilledReadersGetErrorsAndTheDirectoryIsCleared() throws Exception {
    programs.owner();
    MountPrograms.Running mount = programs.mountProcess("owner", "--all");
    List<Path> files = files();
    CountDownLatch reading = new CountDownLatch(4);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<String>> failures = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        failures.add(threads.submit(() -> readUntilItFails(files, reading)));
      }
      reading.await();
      mount.kill();
      for (Future<String> failure : failures) {
        assertThat(failure.get())
            .containsAnyOf("Transport endpoint is not connected", "connection abort");
      }
    }
    String data = programs.data("owner").toString();
    assertThat(Ran.spindrift("mounts", "--data", data).expectSuccess().text())
        .contains("stale    " + programs.directory());
    Ran doctor = Ran.spindrift("doctor", "--data", data);
    assertThat(doctor.text()).as(doctor.err()).contains(programs.directory() + " was left behind");
    assertThat(programs.directory()).isEmptyDirectory();
    Mounted again = programs.mount("owner", MountSettings.all());
    assertThat(again.directory().resolve(files.getFirst())).exists();
  }

  private String readUntilItFails(List<Path> files, CountDownLatch reading) throws Exception {
    while (true) {
      for (Path file : files) {
        try {
          programs.compare(file);
        } catch (IOException e) {
          return String.valueOf(e.getMessage());
        }
        reading.countDown();
      }
    }
  }

  @Test
  void aNodeThatIsKilledIsWaitedForByReaders() throws Exception {
    Node owner = programs.owner();
    MountPrograms.Running node = programs.readerProcess(owner.p2pAddress());
    Mounted mounted = programs.mount("reader", MountSettings.all());
    List<Path> files = files();
    programs.compare(files.getFirst());
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<?> rest =
          threads.submit(
              () -> {
                for (Path file : files) {
                  programs.compare(file);
                }
                return null;
              });
      node.kill();
      programs.readerProcess(owner.p2pAddress());
      rest.get();
    }
    assertThat(mounted.paths()).isPositive();
  }

  /** Many who wait for somebody are no reason to wait for what lies here. */
  @Test
  void aSourceThatStallsKeepsNobodyFromWhatIsHere() throws Exception {
    MountPrograms.Running owner = programs.ownerProcess("owner");
    programs.reader(owner.value("p2p"));
    String dash = MountPrograms.names(".*-dash-0.*").getFirst();
    List<Path> here = MountPrograms.files(dash);
    List<Path> there = new ArrayList<>();
    for (String name : MountPrograms.names(".*-(debianutils|sed|grep|coreutils)-.*")) {
      there.addAll(MountPrograms.files(name));
    }
    there.subList(64, there.size()).clear();
    try (Mounted mounted = programs.mount("reader", MountSettings.all())) {
      for (Path file : here) {
        programs.compare(file);
      }
      assertThat(mounted.paths()).isPositive();
    }
    Mounted mounted =
        programs.mount("reader", MountSettings.all().waiting(Duration.ofSeconds(100)));
    for (List<Path> files : List.of(here, there)) {
      for (Path file : files) {
        assertThat(mounted.directory().resolve(file)).exists();
      }
    }
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      owner.signal("STOP");
      List<Future<?>> waiting = new ArrayList<>();
      for (Path file : there) {
        waiting.add(
            threads.submit(
                () -> {
                  programs.compare(file);
                  return null;
                }));
      }
      for (Path file : here) {
        programs.compare(file);
      }
      assertThat(waiting).anyMatch(one -> !one.isDone());
      owner.signal("CONT");
      mounted.close();
      for (Future<?> one : waiting) {
        assertThat(one).as("no hang").matches(MountProcessTest::ends);
      }
    }
  }

  private static boolean ends(Future<?> reader) {
    try {
      reader.get(50, TimeUnit.SECONDS);
      return true;
    } catch (ExecutionException e) {
      return e.getCause() instanceof IOException;
    } catch (InterruptedException | TimeoutException e) {
      return false;
    }
  }
}
