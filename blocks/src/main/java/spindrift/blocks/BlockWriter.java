package spindrift.blocks;

import java.io.IOException;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.ipld.Block;
import spindrift.ipld.BlockSink;
import spindrift.ipld.Cid;

/**
 * Takes blocks in. A block already here is not written again, an identity CID never. A block that
 * was put can be read at once by every thread; it survives a crash once a later {@link
 * BlockStore#sync} has returned. A put that fails leaves everything else as it was.
 */
public interface BlockWriter extends BlockSink {
  /** The same bound as on reading. */
  int MAX_BLOCK_BYTES = Block.MAX_BYTES;

  /**
   * Hashes a block with SHA-256 and stores it.
   *
   * @return the block's version 1 CID with this codec
   * @throws LimitExceededException when it has more than {@link #MAX_BLOCK_BYTES}
   */
  default Cid put(long codec, Bytes content) throws IOException, LimitExceededException {
    Block block = Block.of(codec, content);
    accept(block);
    return block.cid();
  }

  /**
   * Stores a block from elsewhere, after checking it against its name.
   *
   * @throws IntegrityException when it is another block, or the hash function is not known here
   * @throws LimitExceededException when it has more than {@link #MAX_BLOCK_BYTES}
   */
  default void put(Cid cid, Bytes content)
      throws IOException, IntegrityException, LimitExceededException {
    if (content.size() <= MAX_BLOCK_BYTES) {
      cid.verify(content, "block");
    }
    accept(new Block(cid, content));
  }

  /**
   * Stores a block that its maker vouches for; it is not hashed again. Never to be used for bytes
   * from elsewhere that were not checked.
   *
   * @throws LimitExceededException when it has more than {@link #MAX_BLOCK_BYTES}
   */
  @Override
  void accept(Block block) throws IOException, LimitExceededException;
}
