package spindrift.p2p;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;

/**
 * The open connections, and which of them to use, to keep and to close.
 *
 * <p>Closes nothing itself, so that nothing foreign runs under its lock, which is this object.
 */
final class ConnectionTable {
  /** Ours: two connections that opened within this time were dialled from both ends at once. */
  static final Duration SIMULTANEOUS = Duration.ofSeconds(10);

  /** Ours: for so long both of them are kept, since the peer may be about to use either. */
  static final Duration DUPLICATE_IDLE = Duration.ofSeconds(3);

  private final PeerId self;
  private final int maxConnections;
  private final int maxPerPeer;
  private final ToIntFunction<PeerId> score;
  private final Map<PeerId, Peer> peers = new LinkedHashMap<>();
  private final Set<PeerId> kept = new HashSet<>();
  private int size;
  private long sessions;
  private boolean closed;

  ConnectionTable(PeerId self, HostSettings settings, ToIntFunction<PeerId> score) {
    this.self = self;
    this.maxConnections = settings.maxConnections();
    this.maxPerPeer = settings.maxConnectionsPerPeer();
    this.score = score;
  }

  /**
   * Takes a connection in.
   *
   * @return the connections that have to be closed for it, which are no longer in the table; the
   *     new one itself where there is no room for it
   */
  synchronized List<Connection> add(Connection connection) {
    if (closed) {
      return List.of(connection);
    }
    peers.computeIfAbsent(connection.peer(), _ -> new Peer(++sessions)).connections.add(connection);
    size++;
    List<Connection> surplus = new ArrayList<>();
    List<Connection> ofPeer = peer(connection).connections;
    if (ofPeer.size() > maxPerPeer) {
      // The peer's own affair, who may have lost the older ones without our knowing.
      surplus.add(leastUseful(ofPeer.subList(0, ofPeer.size() - 1)).orElse(connection));
    } else if (size > maxConnections) {
      surplus.add(leastUseful(expendable(connection)).orElse(connection));
    }
    surplus.forEach(this::remove);
    return surplus;
  }

  /** Takes a connection out, if it is in. */
  synchronized void remove(Connection connection) {
    Peer peer = peers.get(connection.peer());
    if (peer == null || !peer.connections.remove(connection)) {
      return;
    }
    size--;
    peer.pastBytesIn += connection.bytesIn();
    peer.pastBytesOut += connection.bytesOut();
    if (peer.connections.isEmpty()) {
      peers.remove(connection.peer());
    }
  }

  /** Takes no more, and forgets all; the caller closes them. */
  synchronized List<Connection> close() {
    closed = true;
    List<Connection> all = all();
    all.forEach(this::remove);
    return all;
  }

  synchronized List<Connection> all() {
    return peers.values().stream().flatMap(peer -> peer.connections.stream()).toList();
  }

  synchronized List<Connection> of(PeerId id) {
    Peer peer = peers.get(id);
    return peer == null ? List.of() : List.copyOf(peer.connections);
  }

  synchronized int size() {
    return size;
  }

  /** Never closes connections with a peer to make room. */
  synchronized void keep(PeerId peer) {
    kept.add(peer);
  }

  synchronized void unkeep(PeerId peer) {
    kept.remove(peer);
  }

  /** Whom we are connected with at an address that was dialled. */
  synchronized Optional<PeerId> peerAt(Multiaddr address) {
    return all().stream()
        .filter(connection -> connection.direction() == PeerInfo.Direction.OUTBOUND)
        .filter(connection -> connection.address().equals(address))
        .map(Connection::peer)
        .findFirst();
  }

  /** The connection to open streams on. */
  synchronized Optional<Connection> preferred(PeerId id) {
    return Optional.ofNullable(peers.get(id)).map(this::preferred);
  }

  /**
   * Both ends come to the same choice between connections that each of them dialled: the one that
   * the peer with the smaller id dialled. Of several of one direction it is the newest, since the
   * others may be dead without anybody having noticed.
   */
  private Connection preferred(Peer peer) {
    Connection last = peer.connections.getLast();
    boolean dialHere = self.compareTo(last.peer()) < 0;
    PeerInfo.Direction wanted = dialHere ? PeerInfo.Direction.OUTBOUND : PeerInfo.Direction.INBOUND;
    return peer.connections.reversed().stream()
        .filter(connection -> connection.direction() == wanted)
        .findFirst()
        .orElse(last);
  }

  /** Connections that a simultaneous dial left over and nobody uses; they are taken out. */
  synchronized List<Connection> takeDuplicates() {
    List<Connection> duplicates = new ArrayList<>();
    for (Peer peer : peers.values()) {
      Connection preferred = preferred(peer);
      for (Connection other : peer.connections) {
        if (other.direction() != preferred.direction()
            && other.age().minus(preferred.age()).abs().compareTo(SIMULTANEOUS) < 0
            && preferred.age().compareTo(DUPLICATE_IDLE) > 0
            && other.idle().compareTo(DUPLICATE_IDLE) > 0) {
          duplicates.add(other);
        }
      }
    }
    duplicates.forEach(this::remove);
    return duplicates;
  }

  /** Keeps what a peer said about itself; whether it said something else before. */
  synchronized boolean identified(Connection connection, IdentifyMessage said) {
    Peer peer = peers.get(connection.peer());
    if (peer == null || (peer.identified && peer.said.equals(said))) {
      return false;
    }
    peer.identified = true;
    peer.said = said;
    return true;
  }

  /** What a peer has said about itself so far. */
  synchronized IdentifyMessage known(PeerId id) {
    Peer peer = peers.get(id);
    return peer == null ? IdentifyMessage.NOTHING : peer.said;
  }

  /** A connected peer as others may see it; empty as well until identify is done with. */
  synchronized Optional<Session> session(PeerId id) {
    Peer peer = peers.get(id);
    return peer == null || !peer.identified
        ? Optional.empty()
        : Optional.of(new Session(peer.number, info(id, peer)));
  }

  synchronized Optional<PeerInfo> info(PeerId id) {
    return Optional.ofNullable(peers.get(id)).map(peer -> info(id, peer));
  }

  synchronized List<PeerInfo> infos() {
    return peers.entrySet().stream().map(e -> info(e.getKey(), e.getValue())).toList();
  }

  /**
   * A peer between its first connection and the end of its last.
   *
   * @param number another one each time that the peer comes back
   */
  record Session(long number, PeerInfo info) {}

  private PeerInfo info(PeerId id, Peer peer) {
    Connection connection = preferred(peer);
    long in = peer.connections.stream().mapToLong(c -> c.bytesIn()).sum();
    long out = peer.connections.stream().mapToLong(c -> c.bytesOut()).sum();
    return new PeerInfo(
        id,
        connection.address(),
        connection.direction(),
        peer.connections.getFirst().since(),
        peer.said.agent(),
        peer.said.protocols(),
        peer.said.listenAddresses(),
        connection.roundTrip(),
        peer.pastBytesIn + in,
        peer.pastBytesOut + out,
        score.applyAsInt(id));
  }

  private Peer peer(Connection connection) {
    Peer peer = peers.get(connection.peer());
    if (peer == null) {
      throw new IllegalStateException("no such peer: " + connection.peer());
    }
    return peer;
  }

  /** A connection that was dialled is wanted now; one that came in is worth what the others are. */
  private List<Connection> expendable(Connection added) {
    return all().stream()
        .filter(connection -> !kept.contains(connection.peer()))
        .filter(
            connection -> connection != added || added.direction() == PeerInfo.Direction.INBOUND)
        .toList();
  }

  private Optional<Connection> leastUseful(List<Connection> candidates) {
    return candidates.stream()
        .min(
            Comparator.comparing(Connection::busy)
                .thenComparingInt(connection -> score.applyAsInt(connection.peer()))
                .thenComparing(Comparator.comparing(Connection::idle).reversed()));
  }

  private static final class Peer {
    final long number;
    final List<Connection> connections = new ArrayList<>();
    IdentifyMessage said = IdentifyMessage.NOTHING;
    boolean identified;
    long pastBytesIn;
    long pastBytesOut;

    Peer(long number) {
      this.number = number;
    }
  }
}
