package spindrift.p2p;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;

/**
 * A node of a libp2p network: it listens, dials, keeps connections, and opens and answers streams.
 * Safe for use by several threads. Whoever started it closes it.
 */
public interface Host extends AutoCloseable {
  /**
   * Starts a host; it listens when this returns.
   *
   * @throws ConfigException when an address cannot be listened on
   */
  static Host start(Identity identity, HostSettings settings) throws IOException, ConfigException {
    return Swarm.start(identity, settings);
  }

  PeerId peerId();

  /** Where it listens, one address for each interface, without the peer id. */
  List<Multiaddr> addresses();

  /**
   * As {@link #addresses}, with those of IPv6 that hold on one link alone, without its name: for
   * peers on that link, who know what they call it.
   */
  default List<Multiaddr> linkAddresses() {
    return addresses();
  }

  /** Answers streams of a protocol from now on; connected peers are told by identify-push. */
  void handle(String protocol, StreamHandler handler);

  void addListener(HostListener listener);

  /**
   * Connects to a peer, or returns when there is a connection already.
   *
   * @param address with or without a peer id at its end; with one, nobody else is accepted
   */
  PeerId connect(Multiaddr address, Duration timeout)
      throws IOException, FaultException, InterruptedException;

  /** Addresses that a peer may be at, found by discovery; {@link #open} dials them when needed. */
  void addAddresses(PeerId peer, List<Multiaddr> addresses);

  /**
   * Opens a stream to a peer, over the connection that there is or a new one.
   *
   * @param protocols in order of preference
   * @throws IOException when the peer cannot be reached in time
   * @throws spindrift.base.AbsentException when it speaks none of the protocols
   */
  P2pStream open(PeerId peer, List<String> protocols, Duration timeout)
      throws IOException, FaultException, InterruptedException;

  /** The connected peers. */
  List<PeerInfo> peers();

  Optional<PeerInfo> peer(PeerId id);

  /** Closes all connections with a peer. */
  void disconnect(PeerId peer);

  /** Disconnects a peer and has nothing to do with it for a while. */
  void ban(PeerId peer, Duration time);

  /** Counts a misbehaviour; a peer whose score falls too low is banned for a while. */
  void penalise(PeerId peer, Misbehaviour what);

  /** Ends everything; waits a second at most. */
  @Override
  void close();
}
