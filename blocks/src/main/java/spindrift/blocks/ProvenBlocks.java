package spindrift.blocks;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Blocks in closed packs that were hashed lately and need not be hashed at each read: a table of
 * fixed size that forgets when two blocks want the same place.
 *
 * <p>An entry counts for one generation of the pack's file, so that all entries of a pack lapse
 * when its size or time stamp changes. Safe for use by several threads, without locks.
 */
final class ProvenBlocks {
  /** A megabyte: about three gigabytes of blocks as they are in a binary cache. */
  private static final int SLOTS = 1 << 17;

  private static final int OFFSET_BITS = 32;
  private static final int PACK_BITS = 22;
  private static final int MAX_PACK = (1 << PACK_BITS) - 1;
  private static final int MAX_GENERATION = (1 << (Long.SIZE - OFFSET_BITS - PACK_BITS)) - 1;

  private final AtomicLongArray slots = new AtomicLongArray(SLOTS);

  /** Whether the block at a place was proved in this generation of the pack. */
  boolean contains(Location at, int generation) {
    long entry = entry(at, generation);
    return entry != 0 && slots.getOpaque(slot(entry)) == entry;
  }

  void add(Location at, int generation) {
    long entry = entry(at, generation);
    if (entry != 0) {
      slots.setOpaque(slot(entry), entry);
    }
  }

  /** Each place as one number; 0 where it does not fit, and then the block is always hashed. */
  private static long entry(Location at, int generation) {
    if (at.pack() > MAX_PACK
        || at.offset() >>> OFFSET_BITS != 0
        || generation < 0
        || generation > MAX_GENERATION) {
      return 0;
    }
    return ((((long) generation << PACK_BITS) | at.pack()) << OFFSET_BITS) | at.offset();
  }

  private static int slot(long entry) {
    int bits = Integer.numberOfTrailingZeros(SLOTS);
    return (int) ((entry * 0x9e3779b97f4a7c15L) >>> (Long.SIZE - bits));
  }
}
