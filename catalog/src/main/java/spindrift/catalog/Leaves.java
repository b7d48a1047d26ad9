package spindrift.catalog;

import spindrift.base.Bytes;
import spindrift.dag.LeafSink;
import spindrift.ipld.Block;
import spindrift.ipld.BlockSink;

/** What becomes of leaves. */
final class Leaves {
  private Leaves() {}

  /** Each leaf is kept as a block. */
  static LeafSink keptIn(BlockSink blocks) {
    return (cid, buffer, from, length, offset) ->
        blocks.accept(new Block(cid, Bytes.copyOf(buffer, from, length)));
  }
}
