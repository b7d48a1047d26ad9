package spindrift.blocks;

/**
 * Where a block's content lies.
 *
 * @param pack the number of the pack
 * @param offset of the first byte of the content in the pack
 * @param length of the content in bytes
 */
record Location(int pack, long offset, int length) {}
