package spindrift.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import spindrift.base.Bytes;
import spindrift.base.RawPath;

/** The program that mounts FUSE file systems for those who are not root. */
final class Fusermount {
  /** It answers within milliseconds; but it looks at the directory, which may hang. */
  private static final int DEADLINE_SECONDS = 20;

  /** The second is where NixOS has it with its set-user-id bit. */
  private static final List<String> USUAL_FOLDERS =
      List.of("/run/wrappers/bin", "/usr/bin", "/bin", "/usr/local/bin");

  private static final List<String> NAMES = List.of("fusermount3", "fusermount");

  private final Path program;

  private Fusermount(Path program) {
    this.program = program;
  }

  /** The program, where it is usually and on the PATH. */
  static Fusermount find() throws MountException {
    return find(System.getenv("PATH"));
  }

  static Fusermount find(@Nullable String path) throws MountException {
    for (String name : NAMES) {
      Optional<Path> found =
          Stream.concat(
                  USUAL_FOLDERS.stream(), Stream.of((path == null ? "" : path).split(":", -1)))
              .filter(folder -> folder.startsWith("/"))
              .map(folder -> Path.of(folder, name))
              .filter(Files::isExecutable)
              .findFirst();
      if (found.isPresent()) {
        return new Fusermount(found.get());
      }
    }
    throw new MountException(
        MountException.Reason.NO_HELPER,
        "fusermount3 is not here, and only root can do without: install fuse3"
            + " (NixOS: programs.fuse.enable)");
  }

  /** Mounts, and answers the descriptor of /dev/fuse that the program opened. */
  int mount(Path directory, String options) throws MountException {
    DescriptorFromChild.Result result =
        DescriptorFromChild.run(
            program,
            List.of(
                Bytes.utf8("-o"), Bytes.utf8(options), Bytes.utf8("--"), RawPath.bytes(directory)),
            DEADLINE_SECONDS);
    if (result.descriptor() >= 0) {
      return result.descriptor();
    }
    throw refused(directory, result.said());
  }

  /** What the program's complaints mean; fusermount.c of libfuse 3. */
  static MountException refused(Path directory, String said) {
    if (said.contains("user_allow_other")) {
      return new MountException(
          MountException.Reason.NO_ALLOW_OTHER,
          "an ordinary user may mount for all users only where /etc/fuse.conf has a line"
              + " user_allow_other; add it, or mount for yourself alone");
    }
    if (said.contains("/dev/fuse: Permission denied")) {
      return Mounting.deviceNotPermitted();
    }
    if (said.contains("fuse device not found") || said.contains("/dev/fuse: No such")) {
      return Mounting.noDevice();
    }
    if (said.contains("no write access") || said.contains("not owned by")) {
      return new MountException(
          MountException.Reason.NOT_PERMITTED,
          "an ordinary user may mount only on a directory of their own: " + directory);
    }
    String reason = said.isBlank() ? "no reason given" : said.strip();
    return new MountException(
        MountException.Reason.FAILED, "fusermount3 could not mount " + directory + ": " + reason);
  }

  /** Unmounts. */
  void unmount(Path directory, boolean lazily) throws MountException {
    String said;
    try {
      Process process =
          new ProcessBuilder(program.toString(), lazily ? "-uz" : "-u", "--", directory.toString())
              .redirectErrorStream(true)
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new MountException(
            MountException.Reason.FAILED, program + " does not end for " + directory);
      }
      said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.exitValue() == 0) {
        return;
      }
    } catch (MountException e) {
      throw e;
    } catch (IOException e) {
      throw new MountException(
          MountException.Reason.FAILED, "cannot run " + program + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MountException(MountException.Reason.FAILED, "interrupted while unmounting");
    }
    if (said.contains("busy")) {
      throw Unmounting.busy(directory);
    }
    if (said.contains("not found") || said.contains("not mounted") || said.contains("Invalid")) {
      throw Unmounting.notMounted(directory);
    }
    throw new MountException(
        MountException.Reason.FAILED, "fusermount3 could not unmount " + directory + ": " + said);
  }
}
