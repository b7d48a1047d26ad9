package spindrift.dag;

import java.util.HashMap;
import java.util.Map;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.ipld.Block;
import spindrift.ipld.BlockSink;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;

/** Blocks in a map, which counts what is asked of it. */
final class MapBlocks implements BlockSink, BlockSource {
  final Map<Cid, Bytes> blocks = new HashMap<>();
  int loads;

  @Override
  public void accept(Block block) {
    blocks.put(block.cid(), block.bytes());
  }

  @Override
  public Bytes load(Cid cid) throws AbsentException {
    loads++;
    Bytes block = blocks.get(cid);
    if (block == null) {
      throw new AbsentException("block " + cid);
    }
    return block;
  }

  /** Keeps leaves as blocks. */
  LeafSink leaves() {
    return (cid, buffer, from, length, offset) ->
        blocks.put(cid, Bytes.copyOf(buffer, from, length));
  }
}
