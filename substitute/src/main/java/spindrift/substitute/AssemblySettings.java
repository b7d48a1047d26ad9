package spindrift.substitute;

import java.time.Duration;

/**
 * How NARs are put together.
 *
 * @param stall a source that is silent for so long is not waited for alone
 * @param tick between two looks at how sources do
 * @param linger what nobody reads stays, for clients that come back
 * @param prefetchBytes of NARs that are fetched before clients ask for them, and held; 0 for none
 */
public record AssemblySettings(Duration stall, Duration tick, Duration linger, long prefetchBytes) {
  /** Ours: ten seconds of what a line of 200 Mbit/s brings. */
  public static final long PREFETCH_BYTES = 256L << 20;

  /** A line that is congested is silent for some round trips; Nix retries within seconds. */
  public static final AssemblySettings DEFAULTS =
      new AssemblySettings(
          Duration.ofSeconds(2), Duration.ofMillis(250), Duration.ofSeconds(10), PREFETCH_BYTES);
}
