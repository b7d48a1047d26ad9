package spindrift.blocks;

import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;

/** The one check that every store makes of a block from outside. */
final class BlockLimits {
  private BlockLimits() {}

  static void check(Bytes content) throws LimitExceededException {
    if (content.size() > BlockWriter.MAX_BLOCK_BYTES) {
      throw new LimitExceededException("size of a block in bytes", BlockWriter.MAX_BLOCK_BYTES);
    }
  }
}
