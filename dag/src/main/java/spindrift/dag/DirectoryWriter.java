package spindrift.dag;

import java.io.IOException;
import java.util.List;
import spindrift.base.FaultException;
import spindrift.ipld.Block;
import spindrift.ipld.BlockSink;
import spindrift.ipld.DagPb;
import spindrift.ipld.DagRoot;
import spindrift.ipld.HamtBuilder;
import spindrift.ipld.UnixFsEntry;
import spindrift.ipld.UnixFsNode;
import spindrift.ipld.UnixFsNode.Part;

/** Writes directories: one block while that is small enough, shards above. */
public final class DirectoryWriter {
  /** The largest directory in one block; the profile's, compared with the serialised block. */
  public static final int MAX_PLAIN_BYTES = 256 << 10;

  private DirectoryWriter() {}

  /**
   * Writes a directory and returns its root; {@code size} of the part has no meaning and is 0.
   *
   * @param entries in ascending order of their names, no name twice
   */
  public static Part write(List<UnixFsEntry> entries, BlockSink blocks)
      throws IOException, FaultException {
    UnixFsNode.Directory directory = UnixFsNode.Directory.of(entries);
    if (DagPb.encodedSize(directory.toPb()) > MAX_PLAIN_BYTES) {
      DagRoot root = HamtBuilder.build(entries, blocks);
      return new Part(root.cid(), 0, root.tsize());
    }
    Block block = directory.encode();
    blocks.accept(block);
    return new Part(block.cid(), 0, directory.tsize(block));
  }
}
