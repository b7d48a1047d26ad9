package spindrift.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * Folders in memory, where there is enough of it: clients wait for the disk with every path that
 * they register, which takes two thirds of the time of these tests.
 */
final class InMemory implements TempDirFactory {
  private static final Path MEMORY = Path.of("/dev/shm");

  /** Twice what the largest of them writes. */
  private static final long ENOUGH = 3L << 30;

  @Override
  public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
      throws IOException {
    boolean enough =
        Files.isWritable(MEMORY) && Files.getFileStore(MEMORY).getUsableSpace() > ENOUGH;
    return enough
        ? Files.createTempDirectory(MEMORY, "spindrift")
        : Files.createTempDirectory("spindrift");
  }
}
