package spindrift.blocks;

import java.nio.file.Path;
import java.util.List;
import spindrift.base.FileIdentity;

/**
 * A regular file and leaves that were found in it.
 *
 * @param path absolute
 * @param identity the same before and after the file was read and its leaves were hashed
 */
public record ReferencedFile(Path path, FileIdentity identity, List<LeafReference> leaves) {
  public ReferencedFile {
    if (!path.isAbsolute() || path.getParent() == null) {
      throw new IllegalArgumentException("not the absolute path of a file: " + path);
    }
    leaves = List.copyOf(leaves);
  }
}
