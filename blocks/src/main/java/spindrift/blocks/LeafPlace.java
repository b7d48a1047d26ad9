package spindrift.blocks;

import java.io.IOException;
import java.nio.file.Path;
import spindrift.base.FileIdentity;
import spindrift.ipld.Cid;

/**
 * Where in a file of the store a leaf lies.
 *
 * @param offset of the leaf's first byte
 * @param length in bytes
 * @param identity under which the file was hashed: while it has that, the leaf is there
 */
public record LeafPlace(Path file, long offset, int length, FileIdentity identity) {
  /** Is told where leaves lie. */
  @FunctionalInterface
  public interface Found {
    void at(Cid leaf, LeafPlace place) throws IOException;
  }
}
