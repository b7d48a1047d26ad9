package spindrift.blocks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A pack file and those who use it. It is opened at the first use, and closed when it was retired
 * and the last user is gone; so a pack can be deleted while reads from it finish.
 *
 * <p>Safe for use by several threads.
 */
final class Pack {
  private final int id;
  private final Path path;
  private final Set<StandardOpenOption> options;

  /** Users, and one more as long as the pack is not retired; never rises from zero again. */
  private final AtomicInteger users = new AtomicInteger(1);

  private volatile @Nullable SteadyFile file;
  private volatile Seen seen = new Seen(-1, FileTime.fromMillis(0), 0);

  /** The file as it was last looked at; each change makes another generation. */
  private record Seen(long size, FileTime modified, int generation) {}

  Pack(int id, Path path, Set<StandardOpenOption> options) {
    this.id = id;
    this.path = path;
    this.options = options;
  }

  int id() {
    return id;
  }

  Path path() {
    return path;
  }

  /** Registers a user, who must call {@link #release}; false when the pack is going away. */
  boolean acquire() {
    while (true) {
      int now = users.get();
      if (now == 0) {
        return false;
      }
      if (users.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  void release() throws IOException {
    if (users.decrementAndGet() == 0) {
      close();
    }
  }

  /** Lets no new users in. To be called once. */
  void retire() throws IOException {
    release();
  }

  /** The open file; only for a registered user. */
  SteadyFile file() throws IOException {
    SteadyFile open = file;
    return open != null ? open : open();
  }

  /** The generation found when the file was last looked at; costs nothing. */
  int lastGeneration() {
    return seen.generation();
  }

  /** Looks at the file: the same number as before if nobody wrote to it meanwhile. */
  int generation() throws IOException {
    BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
    Seen last = seen;
    return now.size() == last.size() && now.lastModifiedTime().equals(last.modified())
        ? last.generation()
        : changed();
  }

  private synchronized int changed() throws IOException {
    BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
    Seen last = seen;
    if (now.size() != last.size() || !now.lastModifiedTime().equals(last.modified())) {
      last = new Seen(now.size(), now.lastModifiedTime(), last.generation() + 1);
      seen = last;
    }
    return last.generation();
  }

  private synchronized SteadyFile open() throws IOException {
    SteadyFile open = file;
    if (open == null) {
      open = new SteadyFile(path, options);
      file = open;
    }
    return open;
  }

  private synchronized void close() throws IOException {
    SteadyFile open = file;
    if (open != null) {
      open.close();
    }
  }
}
