package spindrift.dag;

import java.io.IOException;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsNode;

/**
 * The contents of a UnixFS file, read block by block from wherever the blocks are.
 *
 * <p>A DAG made to harm cannot expand: every part has to have just the size that its parent says,
 * parts of size 0 are not loaded, and depth is bounded.
 */
public final class DagFile implements ByteSource {
  /** Ours: four levels of 1024 hold a tebibyte of leaves, and a NAR view adds a file's own four. */
  public static final int MAX_DEPTH = 16;

  private static final String FORMAT = "UnixFS file";

  private final Cid root;
  private final long size;
  private final BlockSource blocks;

  private DagFile(Cid root, long size, BlockSource blocks) {
    this.root = root;
    this.size = size;
    this.blocks = blocks;
  }

  /**
   * Opens the file with a root.
   *
   * @throws MalformedDataException when the root is no file
   * @throws spindrift.base.AbsentException when the root's block is not to be had
   */
  public static DagFile open(Cid root, BlockSource blocks) throws IOException, FaultException {
    Bytes block = load(root, blocks);
    long size =
        root.codec() == Cid.RAW ? block.size() : fileNode(root, UnixFsNode.decode(block)).size();
    return new DagFile(root, size, blocks);
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void writeTo(ByteTarget target, long from, long to) throws IOException, FaultException {
    if (from < 0 || from > to || to > size) {
      throw new IllegalArgumentException("range " + from + "…" + to + " of " + size);
    }
    if (from < to) {
      write(root, size, from, to, target, 0);
    }
  }

  /** Writes a range of one part, counted from the part's beginning. */
  private void write(Cid cid, long partSize, long from, long to, ByteTarget target, int depth)
      throws IOException, FaultException {
    if (depth > MAX_DEPTH) {
      throw new LimitExceededException("depth of a UnixFS file", MAX_DEPTH);
    }
    Bytes block = load(cid, blocks);
    if (cid.codec() == Cid.RAW) {
      requireSize(cid, block.size(), partSize);
      block.slice((int) from, (int) to).writeTo(target);
      return;
    }
    UnixFsNode.File node = fileNode(cid, UnixFsNode.decode(block));
    requireSize(cid, node.size(), partSize);
    int own = node.data().size();
    if (from < own) {
      node.data().slice((int) from, (int) Math.min(to, own)).writeTo(target);
    }
    long offset = own;
    for (UnixFsNode.Part part : node.parts()) {
      long end = offset + part.size();
      if (part.size() > 0 && end > from && offset < to) {
        long partFrom = Math.max(0, from - offset);
        long partTo = Math.min(part.size(), to - offset);
        write(part.cid(), part.size(), partFrom, partTo, target, depth + 1);
      }
      offset = end;
    }
  }

  private static Bytes load(Cid cid, BlockSource blocks) throws IOException, FaultException {
    return cid.isIdentity() ? cid.digest() : blocks.load(cid);
  }

  private static UnixFsNode.File fileNode(Cid cid, UnixFsNode node) throws MalformedDataException {
    if (node instanceof UnixFsNode.File file) {
      return file;
    }
    throw new MalformedDataException(FORMAT, -1, cid + " is not a file");
  }

  private static void requireSize(Cid cid, long actual, long promised)
      throws MalformedDataException {
    if (actual != promised) {
      throw new MalformedDataException(
          FORMAT, -1, cid + " has " + actual + " bytes where " + promised + " were promised");
    }
  }
}
