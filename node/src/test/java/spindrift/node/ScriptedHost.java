package spindrift.node;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import spindrift.p2p.Host;
import spindrift.p2p.HostListener;
import spindrift.p2p.Misbehaviour;
import spindrift.p2p.Multiaddr;
import spindrift.p2p.P2pStream;
import spindrift.p2p.PeerId;
import spindrift.p2p.PeerInfo;
import spindrift.p2p.StreamHandler;

/** A host whose network is a table: who answers at which address. */
final class ScriptedHost implements Host {
  private final PeerId own;
  private final List<HostListener> listeners = new CopyOnWriteArrayList<>();
  private final Map<PeerId, PeerInfo> connected = new ConcurrentHashMap<>();

  /** Who answers where, by the address without a peer. */
  final Map<Multiaddr, PeerId> network = new ConcurrentHashMap<>();

  /** Every address that was dialled, in order. */
  final BlockingQueue<Multiaddr> dialled = new LinkedBlockingQueue<>();

  ScriptedHost(PeerId own) {
    this.own = own;
  }

  @Override
  public PeerId connect(Multiaddr address, Duration timeout) throws IOException {
    dialled.add(address);
    PeerId there = network.get(address.withoutPeer());
    if (there == null || address.peer().filter(peer -> !peer.equals(there)).isPresent()) {
      throw new IOException("nobody answers");
    }
    accept(there, address);
    return there;
  }

  /** A peer has connected. */
  void accept(PeerId peer, Multiaddr address) {
    connected.put(
        peer,
        new PeerInfo(
            peer,
            address,
            PeerInfo.Direction.OUTBOUND,
            Instant.now(),
            "test",
            Set.of(),
            List.of(),
            Optional.empty(),
            0,
            0,
            0));
  }

  @Override
  public void disconnect(PeerId peer) {
    connected.remove(peer);
    listeners.forEach(listener -> listener.disconnected(peer));
  }

  @Override
  public PeerId peerId() {
    return own;
  }

  @Override
  public List<PeerInfo> peers() {
    return new ArrayList<>(connected.values());
  }

  @Override
  public Optional<PeerInfo> peer(PeerId id) {
    return Optional.ofNullable(connected.get(id));
  }

  @Override
  public void addListener(HostListener listener) {
    listeners.add(listener);
  }

  @Override
  public void addAddresses(PeerId peer, List<Multiaddr> addresses) {}

  @Override
  public List<Multiaddr> addresses() {
    return List.of();
  }

  @Override
  public void handle(String protocol, StreamHandler handler) {}

  @Override
  public P2pStream open(PeerId peer, List<String> protocols, Duration timeout) throws IOException {
    throw new IOException("no streams here");
  }

  @Override
  public void ban(PeerId peer, Duration time) {}

  @Override
  public void penalise(PeerId peer, Misbehaviour what) {}

  @Override
  public void close() {}
}
