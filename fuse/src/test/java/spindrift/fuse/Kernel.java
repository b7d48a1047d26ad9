package spindrift.fuse;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import spindrift.base.Bytes;

/** A tree mounted on a directory of its own, and programs that use it; nothing is left behind. */
final class Kernel implements AutoCloseable {
  private final Path base;
  private @Nullable FuseSession session;

  /** Why nothing can be mounted here; empty where it can. */
  private static final String OBSTACLE = obstacle();

  private static String obstacle() {
    if (Files.notExists(Path.of("/dev/fuse"))) {
      return "no /dev/fuse here";
    }
    if (Libc.effectiveUser() != 0) {
      return "not root";
    }
    try {
      Path directory = Files.createTempDirectory("fuse-probe");
      FuseSession.mount(
              new MemoryTree(), MountOptions.at(directory).by(MountOptions.Way.MOUNT_CALL))
          .close();
      Files.delete(directory);
      return "";
    } catch (IOException e) {
      // A container may have the device and yet not be allowed to mount.
      return e instanceof MountException refused
              && refused.reason() == MountException.Reason.NOT_PERMITTED
          ? refused.getMessage()
          : "";
    }
  }

  /** Skips the test where nothing can be mounted. */
  static void assumeMountable() {
    assumeTrue(OBSTACLE.isEmpty(), OBSTACLE);
  }

  /** A place to mount; the test is skipped where that is not possible. */
  Kernel() throws IOException {
    assumeMountable();
    base = Files.createTempDirectory("fuse-test").toRealPath();
    Files.createDirectory(directory());
  }

  static Kernel serving(MemoryTree tree) throws IOException {
    Kernel kernel = new Kernel();
    try {
      kernel.mount(tree);
      return kernel;
    } catch (MountException e) {
      kernel.close();
      throw e;
    }
  }

  FuseSession mount(MemoryTree tree) throws MountException {
    FuseSession mounted =
        FuseSession.mount(tree, MountOptions.at(directory()).by(MountOptions.Way.MOUNT_CALL));
    session = mounted;
    return mounted;
  }

  FuseSession session() {
    if (session == null) {
      throw new IllegalStateException("nothing mounted");
    }
    return session;
  }

  /** A folder that is not mounted. */
  Path base() {
    return base;
  }

  Path directory() {
    return base.resolve("mount");
  }

  Path path(String name) {
    return directory().resolve(name);
  }

  /** Runs a shell command in the mount, for 30 s at most. */
  Outcome run(String command) throws IOException, InterruptedException {
    return run(base, List.of("bash", "-c", "cd mount 2>/dev/null; " + command));
  }

  static Outcome run(Path folder, List<String> command) throws IOException, InterruptedException {
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    Process process = start(folder, out, err, command);
    process.getOutputStream().close();
    if (!process.waitFor(40, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("hangs: " + command);
    }
    return new Outcome(
        process.exitValue(), Bytes.owning(Files.readAllBytes(out)), Files.readString(err));
  }

  private static Process start(Path folder, Path out, Path err, List<String> command)
      throws IOException {
    List<String> bounded = new ArrayList<>(List.of("timeout", "-k", "5", "30"));
    bounded.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(bounded).directory(folder.toFile());
    builder.environment().put("LC_ALL", "C");
    return builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
  }

  /** Starts a program that the test will end; also ended by a timeout. */
  Process start(String... command) throws IOException {
    List<String> bounded = new ArrayList<>(List.of("timeout", "-s", "KILL", "60"));
    bounded.addAll(List.of(command));
    ProcessBuilder builder = new ProcessBuilder(bounded).directory(base.toFile());
    builder.environment().put("LC_ALL", "C");
    return builder
        .redirectOutput(ProcessBuilder.Redirect.PIPE)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  record Outcome(int exit, Bytes bytes, String complaints) {
    String text() {
      return new String(bytes.toArray(), StandardCharsets.ISO_8859_1);
    }
  }

  @Override
  public void close() throws IOException {
    if (session != null) {
      session.close();
    }
    for (int i = 0; i < 4 && MountTable.at(directory()).isPresent(); i++) {
      Unmounting.lazily(directory());
    }
    try (var files = Files.list(base)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(base);
  }
}
