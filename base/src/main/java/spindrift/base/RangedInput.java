package spindrift.base;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a stream can tell beside its bytes: which of them lie in files of this machine. Nobody has
 * checked those. For one thread.
 */
public interface RangedInput {
  /** Where the next bytes lie; empty where they come otherwise. */
  Optional<FileRange> range() throws IOException;

  /** Reads the bytes of that range from another file, which begins with the same bytes. */
  void readFrom(Path same) throws IOException;
}
