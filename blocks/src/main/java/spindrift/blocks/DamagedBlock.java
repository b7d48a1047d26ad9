package spindrift.blocks;

import spindrift.ipld.Cid;

/**
 * A block whose bytes on disk are not those that it is named after.
 *
 * @param pack the pack's file name
 * @param offset of the content in the pack, in bytes
 */
public record DamagedBlock(Cid cid, String pack, long offset) {}
