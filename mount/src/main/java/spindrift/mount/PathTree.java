package spindrift.mount;

import java.util.Arrays;
import spindrift.base.Bytes;
import spindrift.ipld.Cid;

/**
 * The tree of one store path: a row for each file, directory and link, in the order of the NAR, the
 * root first. Some 80 bytes a row, names and CIDs included. Immutable.
 */
final class PathTree {
  static final int ROOT = 0;

  private static final int DIGEST = 32;

  /** What a row is. */
  enum Kind {
    DIRECTORY(0),
    REGULAR(1),
    EXECUTABLE(2),
    SYMLINK(3);

    private final int code;

    Kind(int code) {
      this.code = code;
    }
  }

  private static final Kind[] KINDS = {Kind.DIRECTORY, Kind.REGULAR, Kind.EXECUTABLE, Kind.SYMLINK};
  private static final int KIND_BITS = 3;
  private static final int IS_NODE = 4;

  private final byte[] kinds;
  private final int[] parents;
  private final int[] names;
  private final int[] refs;
  private final long[] sizes;
  private final byte[] text;
  private final byte[] digests;
  private final int[] children;

  /** The arrays of a {@link PathTreeBuilder}, each of just its size. */
  PathTree(
      byte[] kinds,
      int[] parents,
      int[] names,
      int[] refs,
      long[] sizes,
      byte[] text,
      byte[] digests,
      int[] children) {
    this.kinds = kinds;
    this.parents = parents;
    this.names = names;
    this.refs = refs;
    this.sizes = sizes;
    this.text = text;
    this.digests = digests;
    this.children = children;
  }

  /** How a kind and a codec go into one byte. */
  static byte kindByte(Kind kind, long codec) {
    return (byte) (kind.code | (codec == Cid.DAG_PB ? IS_NODE : 0));
  }

  int rows() {
    return kinds.length;
  }

  Kind kind(int row) {
    return KINDS[kinds[row] & KIND_BITS];
  }

  boolean isDirectory(int row) {
    return kind(row) == Kind.DIRECTORY;
  }

  boolean isFile(int row) {
    return kind(row) == Kind.REGULAR || kind(row) == Kind.EXECUTABLE;
  }

  /** Bytes of a file or of a link's target; entries of a directory. */
  long size(int row) {
    return sizes[row];
  }

  /** The contents of a file that is not empty. */
  Cid contents(int row) {
    Bytes digest = Bytes.copyOf(digests, refs[row] * DIGEST, DIGEST);
    return (kinds[row] & IS_NODE) != 0 ? Cid.dagPb(digest) : Cid.raw(digest);
  }

  /** Whether a row is a file that is one leaf and not empty. */
  boolean isLeaf(int row) {
    return isFile(row) && sizes[row] > 0 && (kinds[row] & IS_NODE) == 0;
  }

  Bytes target(int row) {
    return Bytes.copyOf(text, refs[row], (int) sizes[row]);
  }

  Bytes name(int row) {
    int at = names[row];
    return Bytes.copyOf(text, at + 1, text[at] & 0xff);
  }

  /** The row of a directory's entry, in the order of names. */
  int child(int directory, int index) {
    return children[refs[directory] + index];
  }

  /** The directory that a row is in; the root's is itself. */
  int parent(int row) {
    return parents[row];
  }

  /** Directories in a directory. */
  int subdirectories(int directory) {
    int count = 0;
    for (int i = 0; i < sizes[directory]; i++) {
      count += isDirectory(child(directory, i)) ? 1 : 0;
    }
    return count;
  }

  /** The row of the entry with a name; -1 where there is none. */
  int find(int directory, byte[] name) {
    int index = index(directory, name);
    return index < 0 ? -1 : child(directory, index);
  }

  /** Which entry of its directory a row is. */
  int indexOf(int row) {
    return index(parents[row], name(row).toArray());
  }

  private int index(int directory, byte[] name) {
    int low = 0;
    int high = (int) sizes[directory] - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int row = child(directory, middle);
      int at = names[row] + 1;
      int order =
          Arrays.compareUnsigned(text, at, at + (text[at - 1] & 0xff), name, 0, name.length);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  /** Bytes of memory, more or less. */
  long memory() {
    return kinds.length
        + 4L * parents.length
        + 4L * names.length
        + 4L * refs.length
        + 8L * sizes.length
        + text.length
        + digests.length
        + 4L * children.length;
  }
}
