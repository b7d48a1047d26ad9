package spindrift.blocks;

import java.io.IOException;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.ipld.Cid;

/**
 * Takes blocks in. A block already here is not written again, an identity CID never. A block that
 * was put can be read at once by every thread; it survives a crash once a later {@link
 * BlockStore#sync} has returned. A put that fails leaves everything else as it was.
 */
public interface BlockWriter {
  /** No larger block can be sent over Bitswap, so none is stored. */
  int MAX_BLOCK_BYTES = 2 << 20;

  /**
   * Hashes a block with SHA-256 and stores it.
   *
   * @return the block's version 1 CID with this codec
   * @throws LimitExceededException when it has more than {@link #MAX_BLOCK_BYTES}
   */
  Cid put(long codec, Bytes content) throws IOException, LimitExceededException;

  /**
   * Stores a block from elsewhere, after checking it against its name.
   *
   * @throws IntegrityException when it is another block, or the hash function is not known here
   * @throws LimitExceededException when it has more than {@link #MAX_BLOCK_BYTES}
   */
  void put(Cid cid, Bytes content) throws IOException, IntegrityException, LimitExceededException;
}
