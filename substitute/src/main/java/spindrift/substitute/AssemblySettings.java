package spindrift.substitute;

import java.time.Duration;

/**
 * How NARs are put together.
 *
 * @param stall a source that is silent for so long is not waited for alone
 * @param tick between two looks at how sources do
 * @param linger what nobody reads stays, for clients that come back
 * @param heldBackBytes NARs up to this size are proved before a client gets their first byte, so
 *     that it sees nothing of a source that lies; of larger ones the last byte is held back
 * @param prefetchBytes of NARs that are fetched before clients ask for them, and held; 0 for none
 */
public record AssemblySettings(
    Duration stall, Duration tick, Duration linger, long heldBackBytes, long prefetchBytes) {
  /** Ours: ten seconds of what a line of 200 Mbit/s brings. */
  public static final long PREFETCH_BYTES = 256L << 20;

  /** Ours: a line of 200 Mbit/s takes a second for it, mostly before Nix asks. */
  public static final long HELD_BACK_BYTES = 24L << 20;

  /** A line that is congested is silent for some round trips; Nix retries within seconds. */
  public static final AssemblySettings DEFAULTS =
      new AssemblySettings(
          Duration.ofSeconds(2),
          Duration.ofMillis(250),
          Duration.ofSeconds(10),
          HELD_BACK_BYTES,
          PREFETCH_BYTES);
}
