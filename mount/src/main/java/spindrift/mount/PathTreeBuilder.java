package spindrift.mount;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.catalog.ViewOutline;
import spindrift.ipld.Cid;
import spindrift.nix.FileMode;

/** Makes a {@link PathTree} of what an outline tells. For one thread and one tree. */
final class PathTreeBuilder implements ViewOutline.Visitor {
  /** Ours: ten times the largest objects seen in Nix stores; about a hundred MB. */
  static final int MAX_ROWS = 1 << 20;

  private static final int DIGEST = 32;

  private byte[] kinds = new byte[16];
  private int[] parents = new int[16];
  private int[] names = new int[16];
  private int[] refs = new int[16];
  private long[] sizes = new long[16];
  private byte[] text = new byte[256];
  private byte[] digests = new byte[DIGEST];
  private int[] children = new int[16];
  private int rows;
  private final long maxBytes;
  private int textSize;
  private int files;
  private int childrenSize;
  private int nameAt;

  /** What a row takes in all arrays, and in the list of its directory. */
  private static final long ROW_BYTES = 25;

  private final Deque<Open> open = new ArrayDeque<>();

  private static final class Open {
    final int row;
    int[] entries = new int[8];
    int size;

    Open(int row) {
      this.row = row;
    }
  }

  /**
   * @param maxBytes of memory, short of what one entry takes
   */
  PathTreeBuilder(long maxBytes) {
    this.maxBytes = maxBytes;
    nameAt = name(Bytes.EMPTY);
  }

  /** What was told. */
  PathTree build() {
    return new PathTree(
        Arrays.copyOf(kinds, rows),
        Arrays.copyOf(parents, rows),
        Arrays.copyOf(names, rows),
        Arrays.copyOf(refs, rows),
        Arrays.copyOf(sizes, rows),
        Arrays.copyOf(text, textSize),
        Arrays.copyOf(digests, files * DIGEST),
        Arrays.copyOf(children, childrenSize));
  }

  @Override
  public void startDirectory() throws LimitExceededException {
    open.push(new Open(row(PathTree.kindByte(PathTree.Kind.DIRECTORY, 0))));
  }

  @Override
  public void entry(Bytes name) {
    nameAt = name(name);
  }

  @Override
  public void endDirectory() {
    Open ended = open.pop();
    refs[ended.row] = childrenSize;
    sizes[ended.row] = ended.size;
    if (childrenSize + ended.size > children.length) {
      children = Arrays.copyOf(children, Math.max(children.length * 2, childrenSize + ended.size));
    }
    System.arraycopy(ended.entries, 0, children, childrenSize, ended.size);
    childrenSize += ended.size;
  }

  @Override
  public void regular(FileMode mode, long size, Optional<Cid> contents)
      throws LimitExceededException, MalformedDataException {
    PathTree.Kind kind =
        mode == FileMode.EXECUTABLE ? PathTree.Kind.EXECUTABLE : PathTree.Kind.REGULAR;
    int row = row(PathTree.kindByte(kind, contents.map(Cid::codec).orElse(Cid.RAW)));
    sizes[row] = size;
    if (contents.isPresent()) {
      Cid cid = contents.get();
      if (cid.version() != 1 || !cid.isSha256()) {
        throw new MalformedDataException("NAR view", -1, "a file is no SHA-256 block: " + cid);
      }
      refs[row] = files;
      if ((files + 1) * DIGEST > digests.length) {
        digests = Arrays.copyOf(digests, digests.length * 2);
      }
      cid.digest().copyTo(digests, files * DIGEST);
      files++;
    }
  }

  @Override
  public void symlink(Bytes target) throws LimitExceededException {
    int row = row(PathTree.kindByte(PathTree.Kind.SYMLINK, 0));
    sizes[row] = target.size();
    refs[row] = append(target);
  }

  private int row(byte kind) throws LimitExceededException {
    if (rows == MAX_ROWS) {
      throw new LimitExceededException("files of a mounted path", MAX_ROWS);
    }
    // Each entry has a row, and no name or target is long.
    if (ROW_BYTES * rows + textSize + (long) DIGEST * files > maxBytes) {
      throw new LimitExceededException("memory for the trees of a mount", maxBytes);
    }
    if (rows == kinds.length) {
      kinds = Arrays.copyOf(kinds, rows * 2);
      parents = Arrays.copyOf(parents, rows * 2);
      names = Arrays.copyOf(names, rows * 2);
      refs = Arrays.copyOf(refs, rows * 2);
      sizes = Arrays.copyOf(sizes, rows * 2);
    }
    kinds[rows] = kind;
    names[rows] = nameAt;
    Open directory = open.peek();
    parents[rows] = directory == null ? PathTree.ROOT : directory.row;
    if (directory != null) {
      if (directory.size == directory.entries.length) {
        directory.entries = Arrays.copyOf(directory.entries, directory.size * 2);
      }
      directory.entries[directory.size++] = rows;
    }
    return rows++;
  }

  private int name(Bytes name) {
    int at = append(Bytes.of(name.size()));
    append(name);
    return at;
  }

  private int append(Bytes bytes) {
    if (textSize + bytes.size() > text.length) {
      text = Arrays.copyOf(text, Math.max(text.length * 2, textSize + bytes.size()));
    }
    bytes.copyTo(text, textSize);
    textSize += bytes.size();
    return textSize - bytes.size();
  }
}
