package spindrift.blocks;

import java.time.Clock;

/**
 * How a {@link DiskBlockStore} works.
 *
 * @param maxPackBytes when a pack is full; {@value #MIN_PACK_BYTES} to {@value #MAX_PACK_BYTES}
 * @param minLivePercent packs with less than this of live blocks are written anew by garbage
 *     collection, 0 to 100; more gives space back earlier for more writing
 * @param clock for time stamps, and to tell files that changed just now
 */
public record DiskOptions(long maxPackBytes, int minLivePercent, Clock clock) {
  /** Room for a header and some sections; small packs are for tests. */
  public static final long MIN_PACK_BYTES = 4096;

  /** So that an offset fits in 32 bits wherever memory is short. */
  public static final long MAX_PACK_BYTES = 1L << 32;

  /** Packs of 256 MiB: few files in a large store, and bearable to copy in one go. */
  public static final DiskOptions DEFAULTS = new DiskOptions(256L << 20, 60, Clock.systemUTC());

  public DiskOptions {
    if (maxPackBytes < MIN_PACK_BYTES || maxPackBytes > MAX_PACK_BYTES) {
      throw new IllegalArgumentException("packs of " + maxPackBytes + " bytes");
    }
    if (minLivePercent < 0 || minLivePercent > 100) {
      throw new IllegalArgumentException(minLivePercent + " %");
    }
  }

  public DiskOptions withMaxPackBytes(long bytes) {
    return new DiskOptions(bytes, minLivePercent, clock);
  }
}
