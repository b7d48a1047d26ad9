package spindrift.dag;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.FaultException;
import spindrift.ipld.BlockSink;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsAttributes;
import spindrift.ipld.UnixFsNode.Part;

/**
 * Cuts files into leaves and lays them out. Leaves go to a {@link LeafSink}, which decides whether
 * their bytes are kept or only where they lie; nodes go to a {@link BlockSink}. For one thread.
 */
public final class FileCutter {
  private final BlockSink nodes;
  private final LeafSink leaves;
  private final MessageDigest digest = Digests.sha256();
  private final ChunkReader chunks = new ChunkReader();

  public FileCutter(BlockSink nodes, LeafSink leaves) {
    this.nodes = nodes;
    this.leaves = leaves;
  }

  /**
   * The two ways in which a file is linked to.
   *
   * @param content for a NAR view: the bare leaf where there is one only, else the same as {@code
   *     entry}
   * @param entry for a tree view: has the attributes, so a file with attributes is a node even when
   *     it has one leaf or none
   */
  public record CutFile(Part content, Part entry) {}

  /** Cuts one file; the stream is read to its end and not closed. */
  public CutFile cut(InputStream contents, UnixFsAttributes attributes)
      throws IOException, FaultException {
    chunks.start(contents);
    long offset = 0;
    Part first = Part.leaf(Cid.raw(Digests.sha256(Bytes.EMPTY)), 0);
    FileLayout layout = null;
    while (chunks.next()) {
      Part leaf = leaf(offset);
      if (offset == 0) {
        first = leaf;
      } else {
        if (layout == null) {
          layout = new FileLayout(nodes);
          layout.add(first);
        }
        layout.add(leaf);
      }
      offset += leaf.size();
    }
    if (layout != null) {
      Part root = layout.finish(attributes);
      return new CutFile(root, root);
    }
    if (attributes.equals(UnixFsAttributes.NONE)) {
      if (offset == 0) {
        leaves.leaf(first.cid(), new byte[0], 0, 0, 0);
      }
      return new CutFile(first, first);
    }
    FileLayout wrapper = new FileLayout(nodes);
    if (offset > 0) {
      wrapper.add(first);
    }
    return new CutFile(first, wrapper.finish(attributes));
  }

  private Part leaf(long offset) throws IOException, FaultException {
    digest.update(chunks.buffer(), chunks.offset(), chunks.length());
    Cid cid = Cid.raw(Bytes.owning(digest.digest()));
    leaves.leaf(cid, chunks.buffer(), chunks.offset(), chunks.length(), offset);
    return Part.leaf(cid, chunks.length());
  }
}
