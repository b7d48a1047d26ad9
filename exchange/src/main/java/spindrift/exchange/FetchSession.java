package spindrift.exchange;

import java.io.IOException;
import java.util.List;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;
import spindrift.p2p.PeerId;

/**
 * Gets the blocks of one transfer from several peers, in the order in which they will be read.
 * {@link #expect} says what will be read and returns at once; {@link #load} waits for a block and
 * takes it out. Blocks that came and were not loaded yet are held in memory: whoever expects blocks
 * bounds them. Each block is checked against its CID before it is held.
 *
 * <p>Wants are spread over the peers by the rate that each has shown. A peer that stalls is asked
 * no more, and its wants go to others. Two peers are asked for one block only near the end of what
 * is expected, or when a reader waits for one that another peer would bring far sooner. Safe for
 * use by several threads.
 */
public interface FetchSession extends BlockSource, AutoCloseable {
  /**
   * Adds a peer that may have the blocks; one that was dropped for stalling gets another chance.
   */
  void addPeer(PeerId peer);

  /** Asks a peer no more. */
  void dropPeer(PeerId peer);

  /** The peers in use. */
  List<PeerId> peers();

  /** Wants blocks, to be loaded in this order after all that was expected before. */
  void expect(List<Cid> cids);

  /**
   * Bounds the memory for blocks that came and were not loaded yet, whatever sizes a DAG promised
   * for them; without this call there is no bound. A block that would go past it is thrown away
   * when it comes, unless {@link #load} waits for it, and is wanted again when it is loaded.
   */
  void holdAtMost(long bytes);

  /** Whether a block has come and was not loaded yet. */
  boolean holds(Cid cid);

  /**
   * Waits for a block and takes it out. One expected twice can be loaded twice; one not expected is
   * wanted at once, before all others.
   *
   * @throws spindrift.base.AbsentException when every peer said that it does not have it, when all
   *     peers are gone, or when none has sent anything for the stall time
   */
  @Override
  Bytes load(Cid cid) throws IOException, FaultException;

  /** What came from whom so far. */
  List<PeerShare> shares();

  /**
   * What one peer sent in a session.
   *
   * @param bytes of blocks
   * @param bytesPerSecond while blocks were wanted from it
   */
  record PeerShare(PeerId peer, long blocks, long bytes, long bytesPerSecond) {}

  /** Cancels what is still wanted. */
  @Override
  void close();
}
