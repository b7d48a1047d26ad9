package spindrift.blocks;

import spindrift.ipld.Cid;

/**
 * A leaf that lies in a file of the store.
 *
 * @param offset of the leaf's first byte in the file
 * @param length in bytes, 1 to {@link BlockWriter#MAX_BLOCK_BYTES}
 */
public record LeafReference(Cid cid, long offset, int length) {
  public LeafReference {
    if (offset < 0 || length < 1 || length > BlockWriter.MAX_BLOCK_BYTES) {
      throw new IllegalArgumentException("leaf of " + length + " bytes at " + offset);
    }
  }
}
