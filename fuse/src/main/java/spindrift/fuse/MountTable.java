package spindrift.fuse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import spindrift.base.Bytes;
import spindrift.base.RawPath;

/** What is mounted, as this process sees it. */
public final class MountTable {
  /** The type of all that {@link FuseSession} mounts. */
  public static final String TYPE = "fuse.spindrift";

  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

  private MountTable() {}

  /** How a mount does. */
  public enum Condition {
    /** Its process answers. */
    SERVING,
    /** Its process is gone: whatever is asked fails with ENOTCONN. */
    STALE,
    /** Its process is there, or somebody keeps its descriptor open, but nobody answers. */
    SILENT,
    /** It is another user's alone: the kernel does not even say whether it is served. */
    HIDDEN
  }

  /** All mounts of ours, in the order in which they were made. */
  public static List<Mount> ours() throws IOException {
    return all().stream().filter(mount -> mount.type().equals(TYPE)).toList();
  }

  /** What is seen in a directory (without symbolic links): the last of what is mounted there. */
  public static Optional<Mount> at(Path directory) throws IOException {
    return all().stream()
        .filter(mount -> mount.directory().equals(directory))
        .reduce((earlier, later) -> later);
  }

  /**
   * Asks a mount whether it is there. A process that was killed can only be told from a slow one by
   * what the kernel says, so nobody waits here for longer than {@code atMost}; a thread may stay
   * behind until the mount is cleared.
   */
  public static Condition condition(Mount mount, Duration atMost) throws InterruptedException {
    ArrayBlockingQueue<Condition> answer = new ArrayBlockingQueue<>(1);
    Bytes path = RawPath.bytes(mount.directory());
    Thread.ofPlatform().daemon().name("fuse-condition").start(() -> answer.offer(ask(path)));
    Condition found = answer.poll(atMost.toNanos(), TimeUnit.NANOSECONDS);
    return found == null ? Condition.SILENT : found;
  }

  private static Condition ask(Bytes path) {
    int failed = Libc.statfs(path);
    if (failed == -Errno.ENOTCONN.number() || failed == -Errno.ECONNABORTED.number()) {
      return Condition.STALE;
    }
    // The kernel answers the former itself where this user may not use the mount.
    return Libc.access(path) == -Errno.EACCES.number() ? Condition.HIDDEN : Condition.SERVING;
  }

  /**
   * Unmounts what another process serves.
   *
   * @throws MountException with {@link MountException.Reason#BUSY} when programs use it
   */
  public static void unmount(Mount mount) throws MountException {
    Unmounting.orderly(mount.directory());
  }

  /** Takes a mount away that nobody serves, whoever still stands in it. */
  public static void clear(Mount mount) throws MountException {
    Unmounting.lazily(mount.directory());
  }

  private static List<Mount> all() throws IOException {
    try {
      return parse(Bytes.owning(Files.readAllBytes(MOUNTINFO)));
    } catch (NoSuchFileException e) {
      throw new IOException("there is no " + MOUNTINFO + ": is /proc mounted?", e);
    }
  }

  /**
   * Reads a mountinfo file; lines that are not understood are left out.
   *
   * @see <a href="https://www.kernel.org/doc/html/v6.18/filesystems/proc.html">3.5 of proc</a>
   */
  static List<Mount> parse(Bytes file) {
    List<Mount> mounts = new ArrayList<>();
    String text = new String(file.toArray(), StandardCharsets.ISO_8859_1);
    for (String line : text.split("\n", -1)) {
      // id parent device root directory options [tags…] - type source superblock-options
      List<String> fields = List.of(line.split(" ", -1));
      int dash = fields.indexOf("-");
      if (dash < 6 || fields.size() < dash + 4 || !fields.get(4).startsWith("/")) {
        continue;
      }
      Bytes directory = unescape(fields.get(4));
      if (contains(directory, (byte) 0)) {
        continue;
      }
      mounts.add(
          new Mount(
              fields.get(2),
              RawPath.of(directory),
              unescape(fields.get(dash + 1)).display(),
              unescape(fields.get(dash + 2)).display()));
    }
    return mounts;
  }

  private static boolean contains(Bytes bytes, byte wanted) {
    for (int i = 0; i < bytes.size(); i++) {
      if (bytes.at(i) == wanted) {
        return true;
      }
    }
    return false;
  }

  /** Blanks, tabs, newlines and backslashes are written as a backslash and three octal digits. */
  private static Bytes unescape(String field) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(field.length());
    int at = 0;
    while (at < field.length()) {
      if (field.charAt(at) == '\\'
          && at + 4 <= field.length()
          && field.substring(at + 1, at + 4).matches("[0-3][0-7]{2}")) {
        bytes.write(Integer.parseInt(field, at + 1, at + 4, 8));
        at += 4;
      } else {
        bytes.write(field.charAt(at++));
      }
    }
    return Bytes.owning(bytes.toByteArray());
  }
}
