package spindrift.blocks;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;

/**
 * Gives out blocks by name. Blocks are found by multihash: a block stored under one codec or CID
 * version is there under every other, as in all IPFS stores. An identity CID is always present,
 * being its own block. Safe for use by several threads.
 */
public interface BlockReader extends BlockSource {
  /** Whether the block can be read now. */
  boolean has(Cid cid) throws IOException;

  /** The block's size in bytes, where it can be read now. */
  OptionalInt size(Cid cid) throws IOException;

  /**
   * The block, proved to be the one that the CID names; empty where it is absent.
   *
   * @throws IntegrityException when the block is here but damaged and no other copy is; from then
   *     on it counts as absent, so that it can be put again
   */
  Optional<Bytes> read(Cid cid) throws IOException, IntegrityException;

  /**
   * A file of the store that a leaf can be read from, where one is as it was when the leaf was
   * hashed. The reader checks the identity itself, since the file may change at any time.
   */
  default Optional<LeafPlace> place(Cid cid) throws IOException {
    return Optional.empty();
  }

  /** As {@link #read}, for those who cannot go on without the block. */
  @Override
  default Bytes load(Cid cid) throws IOException, IntegrityException, AbsentException {
    return read(cid).orElseThrow(() -> new AbsentException("block " + cid + " is not here"));
  }
}
