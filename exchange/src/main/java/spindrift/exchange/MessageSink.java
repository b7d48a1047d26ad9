package spindrift.exchange;

import spindrift.ipld.Cid;

/**
 * Takes the parts of a peer's messages one by one as they are read, so that no message is ever in
 * memory as a whole. Called by the thread that reads the stream.
 */
interface MessageSink {
  void want(WantEntry entry);

  /** The wantlist replaces what the peer wanted before; comes after its entries. */
  void wantlistIsFull();

  /** A message has ended. */
  void messageEnded();

  void presence(Cid cid, Presence presence);

  /** Whether any block is expected of the peer now; if not, one that comes is not even read. */
  boolean expectsBlocks();

  /**
   * A block, not checked in any way.
   *
   * @param bytes the sink's own from now on
   */
  void block(BlockPrefix prefix, byte[] bytes);

  /** A block that came though none was expected was passed over. */
  void uncalledBlock();

  /** Some bytes of a block have come; more may be missing. */
  void progress(int bytes);
}
