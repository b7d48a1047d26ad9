package spindrift.substitute;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.exchange.FetchSession;
import spindrift.p2p.Misbehaviour;
import spindrift.p2p.PeerId;

/** The peers of a node that has none, and will have none. */
final class NoPeers implements Peers {
  @Override
  public List<PeerId> connected() {
    return List.of();
  }

  @Override
  public List<PeerId> answering() {
    return List.of();
  }

  @Override
  public boolean isConnected(PeerId peer) {
    return false;
  }

  @Override
  public LookupAnswer ask(PeerId peer, LookupRequest request, Duration timeout) throws IOException {
    throw new IOException("there are no peers");
  }

  @Override
  public Optional<Bytes> realisation(PeerId peer, String name, Duration timeout) {
    return Optional.empty();
  }

  @Override
  public FetchSession session(Collection<PeerId> peers) {
    return new GatewaySession(List.of(), new SourceMeter("nobody"));
  }

  @Override
  public void penalise(PeerId peer, Misbehaviour what) {
    // There is nobody.
  }

  @Override
  public void disconnect(PeerId peer) {
    // There is nobody.
  }

  @Override
  public void addListener(Listener listener) {
    // Nobody comes.
  }
}
