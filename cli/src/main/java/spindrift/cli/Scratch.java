package spindrift.cli;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A folder beside a file to come, for what is not finished: only the owner may enter it, and it is
 * gone when this is closed or the process is interrupted.
 */
final class Scratch implements AutoCloseable {
  /** Somebody may still be writing while the process ends. */
  private static final int ATTEMPTS = 20;

  private final Path path;
  private final Thread hook;

  private Scratch(Path path) {
    this.path = path;
    this.hook = new Thread(this::removeQuietly, "remove-scratch");
  }

  /** Makes a folder in the one that the target will be in. */
  static Scratch beside(Path target) throws IOException {
    Path folder = Objects.requireNonNull(target.toAbsolutePath().getParent(), "no folder");
    Scratch scratch =
        new Scratch(
            Files.createTempDirectory(
                folder,
                ".spindrift-",
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rwx------"))));
    Runtime.getRuntime().addShutdownHook(scratch.hook);
    return scratch;
  }

  Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // the process ends, and the hook is at work
    }
    remove();
  }

  private void removeQuietly() {
    for (int attempt = 0; attempt < ATTEMPTS && Files.exists(path); attempt++) {
      try {
        remove();
      } catch (IOException e) {
        // Tried again.
      }
    }
  }

  private void remove() throws IOException {
    Files.walkFileTree(path, new Removal());
  }

  /** Removes what it visits; does not follow links. */
  private static final class Removal extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
      if (failure instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw failure;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
        throws IOException {
      try {
        Files.deleteIfExists(folder);
      } catch (DirectoryNotEmptyException e) {
        throw failure != null ? failure : e;
      }
      return FileVisitResult.CONTINUE;
    }
  }
}
