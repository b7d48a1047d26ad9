package spindrift.p2p;

/** Is told what happens to connections. Calls must not block; they come from several threads. */
public interface HostListener {
  /** A peer without a connection has one now, and identify has said which protocols it speaks. */
  default void connected(PeerInfo peer) {}

  /** A connected peer speaks other protocols, or has other addresses, than it said before. */
  default void changed(PeerInfo peer) {}

  /** The last connection with a peer is gone. */
  default void disconnected(PeerId peer) {}
}
