package spindrift.substitute;

import java.time.Duration;

/**
 * How NARs are put together.
 *
 * @param stall a source that is silent for so long is not waited for alone
 * @param tick between two looks at how sources do
 * @param linger what nobody reads stays, for clients that come back
 * @param prefetch whether NARs are fetched before clients ask for them
 */
public record AssemblySettings(
    Duration stall, Duration tick, Duration linger, Prefetching prefetch) {
  /** A line that is congested is silent for some round trips; Nix retries within seconds. */
  public static final AssemblySettings DEFAULTS =
      new AssemblySettings(
          Duration.ofSeconds(2), Duration.ofMillis(250), Duration.ofSeconds(10), Prefetching.ON);

  /** Whether NARs are fetched ahead. */
  public enum Prefetching {
    ON,
    OFF
  }
}
