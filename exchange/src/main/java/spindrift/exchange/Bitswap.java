package spindrift.exchange;

import java.util.Collection;
import java.util.List;
import spindrift.ipld.Cid;
import spindrift.p2p.Host;
import spindrift.p2p.PeerId;

/** The Bitswap side of a node: serves {@link SharedBlocks} and opens {@link FetchSession}s. */
public final class Bitswap implements AutoCloseable {
  private Bitswap() {}

  /** Registers the protocols at a host. The host outlives this. */
  public static Bitswap start(Host host, SharedBlocks shared, BitswapSettings settings) {
    throw new UnsupportedOperationException("TODO");
  }

  /**
   * Opens a session with the peers that may have what is wanted; the caller closes it. Peers that
   * speak no Bitswap are left out.
   */
  public FetchSession session(Collection<PeerId> peers) {
    throw new UnsupportedOperationException("TODO");
  }

  /** Says that blocks became available, so that peers which want them get them. */
  public void arrived(Collection<Cid> cids) {
    throw new UnsupportedOperationException("TODO");
  }

  /** What was exchanged with each connected peer so far. */
  public List<Ledger> ledgers() {
    throw new UnsupportedOperationException("TODO");
  }

  /**
   * What was exchanged with a peer.
   *
   * @param wants blocks that it wants of us now
   * @param bytesPerSecondIn over the last seconds
   * @param bytesPerSecondOut over the last seconds
   */
  public record Ledger(
      PeerId peer,
      long blocksIn,
      long bytesIn,
      long blocksOut,
      long bytesOut,
      int wants,
      long bytesPerSecondIn,
      long bytesPerSecondOut) {}

  @Override
  public void close() {
    throw new UnsupportedOperationException("TODO");
  }
}
