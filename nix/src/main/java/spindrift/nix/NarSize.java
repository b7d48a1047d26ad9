package spindrift.nix;

/**
 * How many bytes each part of a NAR takes, so that a NAR's size is known before it is written. A
 * NAR is {@link #HEADER} and one node; a directory's node is {@link #DIRECTORY} and an {@link
 * #entry} for each name.
 */
public final class NarSize {
  /** What stands before the root's node. */
  public static final long HEADER = NarFormat.MAGIC.length;

  /** The node of an empty directory. */
  public static final long DIRECTORY =
      (long) NarFormat.NODE.length + NarFormat.DIRECTORY.length + NarFormat.CLOSE.length;

  private NarSize() {}

  /**
   * The node of a regular file.
   *
   * @throws ArithmeticException when the sum passes 2^63-1
   */
  public static long regular(FileMode mode, long contentSize) {
    return Math.addExact(
        Math.addExact(contentSize, NarFormat.padding(contentSize)),
        beforeContents(mode) + NarFormat.CLOSE.length);
  }

  /** What stands before a regular file's contents within its node. */
  public static long beforeContents(FileMode mode) {
    int executable = mode == FileMode.EXECUTABLE ? NarFormat.EXECUTABLE.length : 0;
    return (long) NarFormat.NODE.length
        + NarFormat.REGULAR.length
        + executable
        + NarFormat.CONTENTS.length
        + 8;
  }

  /** The node of a symbolic link. */
  public static long symlink(int targetSize) {
    return (long) NarFormat.NODE.length + NarFormat.SYMLINK.length + string(targetSize) + 16;
  }

  /** An entry with its node. */
  public static long entry(int nameSize, long nodeSize) {
    return Math.addExact(beforeNode(nameSize) + NarFormat.CLOSE.length, nodeSize);
  }

  /** What stands before the node within an entry. */
  public static long beforeNode(int nameSize) {
    // The entry's "node" token, and not the beginning of the node, which its own size counts.
    int node = NarFormat.NODE_OF_ENTRY.length - NarFormat.NODE.length;
    return (long) NarFormat.ENTRY.length + NarFormat.NAME_OF_ENTRY.length + string(nameSize) + node;
  }

  private static long string(int size) {
    return 8L + size + NarFormat.padding(size);
  }
}
