package spindrift.store;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;

/**
 * The lock by which Nix keeps others from writing a store path: flock(2) of {@code PATH.lock},
 * which is removed with the lock. Who waited for a file that was removed sees that it is no longer
 * empty, and begins anew. For any number of threads; closing it twice is the holder's mistake.
 */
final class PathLock implements AutoCloseable {
  private static final long POLL_NANOS = 50_000_000;

  private final Path file;
  private final int descriptor;

  private PathLock(Path file, int descriptor) {
    this.file = file;
    this.descriptor = descriptor;
  }

  /** Waits for the lock of a path for as long as another writes it. */
  static PathLock acquire(Path path) throws IOException {
    Path file = path.resolveSibling(path.getFileName() + ".lock");
    while (true) {
      int descriptor = Linux.openToLock(file);
      boolean isHeld = false;
      try {
        await(descriptor, path);
        isHeld = Files.size(opened(descriptor)) == 0;
        if (isHeld) {
          return new PathLock(file, descriptor);
        }
      } finally {
        if (!isHeld) {
          Linux.close(descriptor);
        }
      }
    }
  }

  private static void await(int descriptor, Path path) throws IOException {
    while (!Linux.tryLock(descriptor)) {
      LockSupport.parkNanos(POLL_NANOS);
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("interrupted while another process writes " + path);
      }
    }
  }

  private static Path opened(int descriptor) {
    return Path.of("/proc/self/fd/" + descriptor);
  }

  @Override
  public void close() throws IOException {
    try {
      Files.deleteIfExists(file);
      Files.write(opened(descriptor), new byte[] {'d'}, StandardOpenOption.WRITE);
    } finally {
      Linux.close(descriptor);
    }
  }
}
