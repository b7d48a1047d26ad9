package spindrift.fuse;

import java.nio.file.Path;
import java.time.Duration;

/**
 * A mounted {@link FileTree}, served by threads of its own until it is unmounted, by this process
 * or by anybody. They are daemon threads, and go on while shutdown hooks run.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class FuseSession implements AutoCloseable {
  /** No request reads more at once: 256 pages. */
  public static final int MAX_READ_BYTES = 1 << 20;

  private FuseSession() {}

  /** Mounts a tree; when this returns, programs can use it. */
  public static FuseSession mount(FileTree tree, MountOptions options) throws MountException {
    throw new UnsupportedOperationException();
  }

  /**
   * Goes on serving what a process that is gone had mounted, over the descriptor that somebody kept
   * open for it. Requests that it left unanswered are answered now. Needs Linux 6.9.
   */
  public static FuseSession resume(FileTree tree, Path directory, int descriptor)
      throws MountException {
    throw new UnsupportedOperationException();
  }

  /** The directory, without symbolic links. */
  public Path directory() {
    throw new UnsupportedOperationException();
  }

  /** The descriptor of /dev/fuse; it stays ours, but may be handed to a process that keeps it. */
  public int descriptor() {
    throw new UnsupportedOperationException();
  }

  /** Waits until it is not mounted any more; false when the time is over first. */
  public boolean awaitEnd(Duration atMost) throws InterruptedException {
    throw new UnsupportedOperationException();
  }

  /** Makes the kernel forget the list of names of a directory: it has grown. */
  public void directoryChanged(long node) {
    throw new UnsupportedOperationException();
  }

  /**
   * Unmounts.
   *
   * @throws MountException with {@link MountException.Reason#BUSY} when programs use it
   */
  public void unmount() throws MountException {
    throw new UnsupportedOperationException();
  }

  /** Takes it out of sight at once; programs that have files open there are served to the end. */
  public void unmountLazily() throws MountException {
    throw new UnsupportedOperationException();
  }

  /** Unmounts, lazily when it is busy, and frees what the session holds. */
  @Override
  public void close() throws MountException {
    throw new UnsupportedOperationException();
  }
}
