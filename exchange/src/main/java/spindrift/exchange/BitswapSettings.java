package spindrift.exchange;

import java.time.Duration;

/**
 * The bounds of Bitswap.
 *
 * @param maxWantsPerPeer that a peer may have stored here; the least urgent go first
 * @param maxQueuedBytesPerPeer of blocks read and not sent yet
 * @param stallTime after which a peer that sends nothing of what it was asked for is asked no more
 */
public record BitswapSettings(int maxWantsPerPeer, long maxQueuedBytesPerPeer, Duration stallTime) {
  public static final BitswapSettings DEFAULTS =
      new BitswapSettings(16_384, 4L << 20, Duration.ofSeconds(5));
}
