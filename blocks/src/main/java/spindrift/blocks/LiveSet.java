package spindrift.blocks;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The keys found live in one garbage collection, as a Bloom filter: two bytes a block in place of a
 * hundred. A dead block that it takes for live, about one in 400, stays until the next collection,
 * which uses other hash functions; a live block is never taken for dead.
 *
 * <p>Safe for use by several threads, without locks.
 */
final class LiveSet {
  private static final int BITS_PER_KEY = 16;
  private static final int PROBES = 4;
  private static final long MIN_BITS = 1 << 16;
  private static final long MAX_BITS = (long) Integer.MAX_VALUE * Long.SIZE / 2;

  private final AtomicLongArray words;
  private final long mask;
  private final long salt;

  /**
   * @param expectedKeys how many there will be about
   * @param salt another one for each collection
   */
  LiveSet(long expectedKeys, long salt) {
    long bits = Math.clamp(expectedKeys * BITS_PER_KEY, MIN_BITS, MAX_BITS);
    long rounded = Long.highestOneBit(bits - 1) << 1;
    this.words = new AtomicLongArray(Math.toIntExact(rounded / Long.SIZE));
    this.mask = rounded - 1;
    this.salt = salt;
  }

  void add(Key key) {
    long step = step(key);
    long at = start(key);
    for (int i = 0; i < PROBES; i++, at += step) {
      long bit = at & mask;
      long one = 1L << bit;
      int word = (int) (bit >>> 6);
      if ((words.get(word) & one) == 0) {
        words.accumulateAndGet(word, one, (old, more) -> old | more);
      }
    }
  }

  boolean contains(Key key) {
    long step = step(key);
    long at = start(key);
    for (int i = 0; i < PROBES; i++, at += step) {
      long bit = at & mask;
      if ((words.get((int) (bit >>> 6)) & (1L << bit)) == 0) {
        return false;
      }
    }
    return true;
  }

  private long start(Key key) {
    return mix(key.a() ^ salt) + key.c();
  }

  private long step(Key key) {
    return (mix(key.b() + salt) ^ key.d()) | 1;
  }

  /** The finalizer of SplitMix64. */
  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
