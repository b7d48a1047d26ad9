package spindrift.substitute;

import java.time.Duration;

/**
 * How long fetching waits for what.
 *
 * @param lookUp for peers to answer a look-up
 * @param absence what no peer had counts as absent, until a peer connects
 * @param quiet a peer that did not answer in time is not asked again
 * @param remembered what a peer said it has counts
 * @param views for peers to compute views that they do not have
 * @param patience for a transfer to go on, and for peers that are gone to come back
 * @param pause between two attempts when peers did not help
 * @param idle for a client to ask for what was fetched ahead, or through the gateway
 */
record FetchSettings(
    Duration lookUp,
    Duration absence,
    Duration quiet,
    Duration remembered,
    Duration views,
    Duration patience,
    Duration pause,
    Duration idle) {
  /** Nix waits five minutes for a download that stalls. */
  static final FetchSettings DEFAULTS =
      new FetchSettings(
          Duration.ofMillis(1500),
          Duration.ofSeconds(4),
          Duration.ofSeconds(10),
          Duration.ofMinutes(10),
          Duration.ofSeconds(20),
          Duration.ofSeconds(60),
          Duration.ofMillis(500),
          Duration.ofSeconds(10));
}
