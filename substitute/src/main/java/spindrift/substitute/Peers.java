package spindrift.substitute;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.exchange.FetchSession;
import spindrift.p2p.Misbehaviour;
import spindrift.p2p.PeerId;

/** The peers, as fetching sees them. Safe for use by several threads. */
interface Peers {
  /** All that are connected. */
  List<PeerId> connected();

  /** Those connected that answer look-ups. */
  List<PeerId> answering();

  boolean isConnected(PeerId peer);

  /** As {@link LookupClient#ask}; dials a peer that is not connected. */
  LookupAnswer ask(PeerId peer, LookupRequest request, Duration timeout)
      throws IOException, FaultException, InterruptedException;

  /**
   * A realisation as a peer knows it, with its signatures, which nobody has looked at; empty where
   * it knows none, or tells none.
   *
   * @param name its path in a binary cache
   * @throws spindrift.base.AbsentException when the peer does not speak of realisations
   */
  Optional<Bytes> realisation(PeerId peer, String name, Duration timeout)
      throws IOException, FaultException, InterruptedException;

  /** As {@link spindrift.exchange.Bitswap#session}. */
  FetchSession session(Collection<PeerId> peers);

  void penalise(PeerId peer, Misbehaviour what);

  /** Closes the connections with a peer that does not react, so that it can be dialled again. */
  void disconnect(PeerId peer);

  void addListener(Listener listener);

  /** Is told on any thread who comes and goes; calls must not block. */
  interface Listener {
    /** A peer is connected, or says that it speaks other protocols than before. */
    void connected(PeerId peer);

    void disconnected(PeerId peer);
  }
}
