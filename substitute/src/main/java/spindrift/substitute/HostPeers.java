package spindrift.substitute;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.base.Varint;
import spindrift.catalog.PublicRealisations;
import spindrift.exchange.Bitswap;
import spindrift.exchange.FetchSession;
import spindrift.p2p.Host;
import spindrift.p2p.HostListener;
import spindrift.p2p.Misbehaviour;
import spindrift.p2p.P2pStream;
import spindrift.p2p.PeerId;
import spindrift.p2p.PeerInfo;

/** The peers of a libp2p host. */
record HostPeers(Host host, Bitswap bitswap, LookupClient lookup) implements Peers {
  @Override
  public List<PeerId> connected() {
    return host.peers().stream().map(PeerInfo::id).toList();
  }

  @Override
  public List<PeerId> answering() {
    return host.peers().stream()
        .filter(peer -> peer.protocols().contains(LookupClient.PROTOCOL))
        .map(PeerInfo::id)
        .toList();
  }

  @Override
  public boolean isConnected(PeerId peer) {
    return host.peer(peer).isPresent();
  }

  @Override
  public LookupAnswer ask(PeerId peer, LookupRequest request, Duration timeout)
      throws IOException, FaultException, InterruptedException {
    return lookup.ask(peer, request, timeout);
  }

  @Override
  public Optional<Bytes> realisation(PeerId peer, String name, Duration timeout)
      throws IOException, FaultException, InterruptedException {
    return PeerQuestion.ask(
        host,
        peer,
        RealisationServer.PROTOCOL,
        timeout,
        (stream, in) -> realisation(stream, in, name));
  }

  private static Optional<Bytes> realisation(P2pStream stream, DeadlineInput in, String name)
      throws IOException, MalformedDataException {
    Bytes asked = Bytes.utf8(name);
    Varint.write(asked.size(), stream.out());
    asked.writeTo(stream.out());
    stream.closeWrite();
    return MessageStream.read(in, PublicRealisations.MAX_BYTES, "realisation")
        .filter(content -> !content.isEmpty());
  }

  @Override
  public FetchSession session(Collection<PeerId> peers) {
    return bitswap.session(peers);
  }

  @Override
  public void penalise(PeerId peer, Misbehaviour what) {
    host.penalise(peer, what);
  }

  @Override
  public void disconnect(PeerId peer) {
    host.disconnect(peer);
  }

  @Override
  public void addListener(Listener listener) {
    host.addListener(
        new HostListener() {
          @Override
          public void connected(PeerInfo peer) {
            listener.connected(peer.id());
          }

          @Override
          public void changed(PeerInfo peer) {
            listener.connected(peer.id());
          }

          @Override
          public void disconnected(PeerId peer) {
            listener.disconnected(peer);
          }
        });
  }
}
