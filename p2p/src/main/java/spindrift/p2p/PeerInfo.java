package spindrift.p2p;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What is known of a connected peer.
 *
 * @param address where it is connected from or to
 * @param listenAddresses where it says that it can be reached
 * @param roundTrip as last measured
 * @param bytesIn received from it, with all framing
 * @param bytesOut sent to it, with all framing
 * @param score 0 for one that behaved; each misbehaviour takes some away, and time gives it back
 */
public record PeerInfo(
    PeerId id,
    Multiaddr address,
    Direction direction,
    Instant since,
    String agent,
    Set<String> protocols,
    List<Multiaddr> listenAddresses,
    Optional<Duration> roundTrip,
    long bytesIn,
    long bytesOut,
    int score) {
  /** Who opened the connection. */
  public enum Direction {
    INBOUND,
    OUTBOUND
  }

  public PeerInfo {
    protocols = Set.copyOf(protocols);
    listenAddresses = List.copyOf(listenAddresses);
  }
}
