package spindrift.mount;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import spindrift.base.FileIdentity;

/**
 * Files of this machine that leaves are read from, some of which stay open. Safe for use by several
 * threads.
 */
final class OpenFiles implements AutoCloseable {
  /** Ours: well below the 1024 that a process may have open by default. */
  private static final int MAX_OPEN = 256;

  private static final Set<OpenOption> READ =
      Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);

  private final Lru<Path, Open> files = new Lru<>(MAX_OPEN, file -> 1, Open::retire);

  /** A file while somebody reads it. */
  static final class Open {
    private final Path path;
    private final FileChannel channel;
    private final FileIdentity identity;
    private int users;
    private boolean retired;

    Open(Path path, FileChannel channel, FileIdentity identity) {
      this.path = path;
      this.channel = channel;
      this.identity = identity;
    }

    FileChannel channel() {
      return channel;
    }

    /** Whether it is still the one that it was when it was opened. */
    boolean isUnchanged() {
      return isStill(path, identity);
    }

    private synchronized boolean use() {
      if (retired) {
        return false;
      }
      users++;
      return true;
    }

    /** One user less. */
    synchronized void release() {
      users--;
      closeIfUnused();
    }

    private synchronized void retire() {
      retired = true;
      closeIfUnused();
    }

    private void closeIfUnused() {
      if (retired && users == 0) {
        try {
          channel.close();
        } catch (IOException e) {
          // It was only read.
        }
      }
    }
  }

  /**
   * The file, for the caller to release; empty when it is not the one with this identity any more.
   */
  Optional<Open> use(Path path, FileIdentity identity) throws IOException {
    Optional<Open> known = files.find(path);
    if (known.isPresent() && known.get().identity.equals(identity) && known.get().use()) {
      // Asked at each use: what was written to meanwhile is not what was hashed.
      if (isStill(path, identity)) {
        return known;
      }
      known.get().release();
      files.remove(path);
      return Optional.empty();
    }
    FileChannel channel = FileChannel.open(path, READ);
    // Asked after it was opened: so it is the one that was opened.
    if (!isStill(path, identity)) {
      channel.close();
      return Optional.empty();
    }
    Open opened = new Open(path, channel, identity);
    opened.use();
    files.put(path, opened);
    return Optional.of(opened);
  }

  /** Whether the file is the one with this identity; one that is gone is not. */
  private static boolean isStill(Path path, FileIdentity identity) {
    try {
      return FileIdentity.of(path).equals(identity);
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    files.clear();
  }
}
