package spindrift.p2p;

import java.time.Duration;

/**
 * How a Yamux connection behaves.
 *
 * @param maxStreams that the other side may have open at once
 * @param memory what the receive buffers of all connections share
 * @param upload bytes of payload a second that all connections share
 * @param pingEvery how often the other side is asked for a sign of life
 * @param patience how long it may take to answer, or to take what is written
 */
record YamuxSettings(
    int maxStreams, MemoryBudget memory, RateLimit upload, Duration pingEvery, Duration patience) {
  /**
   * Ours: go-yamux has 30 s, in which a transfer would stand still when a cable is pulled. With
   * this and {@link #PATIENCE} a dead connection is known within 15 s.
   */
  private static final Duration PING_EVERY = Duration.ofSeconds(5);

  /** As go-yamux has it. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  static YamuxSettings of(int maxStreams, MemoryBudget memory, RateLimit upload) {
    return new YamuxSettings(maxStreams, memory, upload, PING_EVERY, PATIENCE);
  }
}
