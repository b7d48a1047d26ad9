package spindrift.blocks;

import java.io.IOException;
import java.nio.file.Path;
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
  private final Set<java.nio.file.StandardOpenOption> options;

  /** Users, and one more as long as the pack is not retired; never rises from zero again. */
  private final AtomicInteger users = new AtomicInteger(1);

  private volatile @Nullable SteadyFile file;

  Pack(int id, Path path, Set<java.nio.file.StandardOpenOption> options) {
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
