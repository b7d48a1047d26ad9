package spindrift.dag;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import spindrift.base.FaultException;
import spindrift.ipld.Block;
import spindrift.ipld.BlockSink;
import spindrift.ipld.UnixFsAttributes;
import spindrift.ipld.UnixFsNode;
import spindrift.ipld.UnixFsNode.Part;

/**
 * Lays the parts of a file out as a balanced DAG: all parts at one depth, at most {@value #WIDTH}
 * links to a node, as the profile {@code unixfs-v1-2025} has it. Nodes are written as soon as they
 * are full, so memory grows with the depth and not with the file. For one thread.
 */
public final class FileLayout {
  /** Links of a node; the profile's. */
  public static final int WIDTH = 1024;

  private final BlockSink blocks;
  private final List<List<Part>> levels = new ArrayList<>();

  public FileLayout(BlockSink blocks) {
    this.blocks = blocks;
    levels.add(new ArrayList<>());
  }

  /** Adds the next part. */
  public void add(Part part) throws IOException, FaultException {
    add(0, part);
  }

  /**
   * Writes what is left and returns the root, which is a node even over one part or none.
   *
   * @param attributes said of the file, in its root only
   */
  public Part finish(UnixFsAttributes attributes) throws IOException, FaultException {
    // Not a for loop over the list: closing a level may add one more above it.
    for (int level = 0; level < levels.size() - 1; level++) {
      close(level);
    }
    return write(levels.getLast(), attributes);
  }

  private void add(int level, Part part) throws IOException, FaultException {
    // A full node waits until the next part shows that it is not the root.
    if (levels.get(level).size() == WIDTH) {
      close(level);
    }
    levels.get(level).add(part);
  }

  private void close(int level) throws IOException, FaultException {
    if (level + 1 == levels.size()) {
      levels.add(new ArrayList<>());
    }
    Part node = write(levels.get(level), UnixFsAttributes.NONE);
    levels.get(level).clear();
    add(level + 1, node);
  }

  private Part write(List<Part> parts, UnixFsAttributes attributes)
      throws IOException, FaultException {
    UnixFsNode.File node = UnixFsNode.File.of(parts, attributes);
    Block block = node.encode();
    blocks.accept(block);
    return node.asPart(block);
  }
}
