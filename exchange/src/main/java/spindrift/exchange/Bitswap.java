package spindrift.exchange;

import java.util.Collection;
import java.util.List;
import spindrift.ipld.Cid;
import spindrift.p2p.Host;
import spindrift.p2p.PeerId;

/**
 * The Bitswap side of a node: serves {@link SharedBlocks} and opens {@link FetchSession}s. Safe for
 * use by several threads. Whoever started it closes it, before the host.
 */
public final class Bitswap implements AutoCloseable {
  private final Links links;

  private Bitswap(Links links) {
    this.links = links;
  }

  /** Registers the protocols at a host. The host outlives this. */
  public static Bitswap start(Host host, SharedBlocks shared, BitswapSettings settings) {
    Links links = new Links(host, shared, settings);
    host.addListener(links);
    Dialect.PROTOCOLS.forEach(protocol -> host.handle(protocol, links::read));
    return new Bitswap(links);
  }

  /**
   * Opens a session with the peers that may have what is wanted; the caller closes it. Peers that
   * speak no Bitswap are left out.
   */
  public FetchSession session(Collection<PeerId> peers) {
    FetchSession session = links.desk().open();
    peers.forEach(session::addPeer);
    return session;
  }

  /** Says that blocks became available, so that peers which want them get them. */
  public void arrived(Collection<Cid> cids) {
    links.arrived(cids);
  }

  /** What was exchanged with each connected peer so far. */
  public List<Ledger> ledgers() {
    return links.ledgers();
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

  /** Ends all sessions and serves nobody any more; waits for nothing. */
  @Override
  public void close() {
    links.close();
  }
}
