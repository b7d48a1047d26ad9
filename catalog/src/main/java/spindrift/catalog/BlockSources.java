package spindrift.catalog;

import spindrift.base.AbsentException;
import spindrift.blocks.BlockReader;
import spindrift.ipld.BlockSource;

/** Blocks as readers of DAGs want them: present, or an error. */
final class BlockSources {
  private BlockSources() {}

  static BlockSource of(BlockReader blocks) {
    return cid ->
        blocks.read(cid).orElseThrow(() -> new AbsentException("block " + cid + " is not here"));
  }
}
