package spindrift.mount;

import java.nio.ByteBuffer;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.fuse.Attributes;
import spindrift.fuse.FileType;
import spindrift.nix.StorePath;

/**
 * A path whose tree is known. Its rows are the nodes from {@code base} on.
 *
 * @param base the node of its root
 * @param inode the inode number of its root
 */
record Attached(PathRecord record, PathTree tree, long base, long inode) {
  /** Ours: rows of a path that get inode numbers of their own; more than any path has. */
  private static final int ROW_BITS = 20;

  /** What ext4 shows of a small directory. */
  private static final int DIRECTORY_BYTES = 4096;

  private static final int SECTOR = 512;

  /** What is on disk takes whole blocks of a file system; so {@code du} shows what Nix's would. */
  private static final int BLOCK = 4096;

  /** Nix sets this on all that is in a store. */
  private static final long MODIFIED = 1;

  StorePath path() {
    return record.path();
  }

  /**
   * The inode number of a path's root: from its name, so that it is the same in every mount. Those
   * of the rows follow it.
   */
  static long inodeOf(StorePath path) {
    byte[] digest = Digests.sha256().digest(Bytes.utf8(path.baseName()).toArray());
    long number = ByteBuffer.wrap(digest).getLong() & Long.MAX_VALUE;
    // Never as small as that of the top directory.
    return (number | 1L << (Long.SIZE - 2)) & -(1L << ROW_BITS);
  }

  int row(long node) {
    return (int) (node - base);
  }

  long node(int row) {
    return base + row;
  }

  Attributes attributes(int row) {
    long number = inode + row;
    long size = tree.size(row);
    return switch (tree.kind(row)) {
      case DIRECTORY ->
          attributes(
              number, FileType.DIRECTORY, 0555, DIRECTORY_BYTES, 2 + tree.subdirectories(row));
      case REGULAR -> attributes(number, FileType.REGULAR, 0444, size, 1);
      case EXECUTABLE -> attributes(number, FileType.REGULAR, 0555, size, 1);
      case SYMLINK -> new Attributes(number, FileType.SYMLINK, 0777, size, 0, 1, MODIFIED, 0, 0);
    };
  }

  private static Attributes attributes(
      long inode, FileType type, int permissions, long size, int links) {
    long blocks = Math.ceilDiv(size, BLOCK) * (BLOCK / SECTOR);
    return new Attributes(inode, type, permissions, size, blocks, links, MODIFIED, 0, 0);
  }
}
