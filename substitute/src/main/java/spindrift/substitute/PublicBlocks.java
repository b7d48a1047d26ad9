package spindrift.substitute;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.blocks.BlockReader;
import spindrift.catalog.Sharing;
import spindrift.exchange.SharedBlocks;
import spindrift.ipld.Cid;

/**
 * The blocks of public objects. Whether a block is public is asked before whether it is here, so
 * that a private one costs what an absent one costs.
 */
public final class PublicBlocks implements SharedBlocks {
  private final BlockReader blocks;
  private final Sharing sharing;

  public PublicBlocks(BlockReader blocks, Sharing sharing) {
    this.blocks = blocks;
    this.sharing = sharing;
  }

  @Override
  public OptionalInt size(Cid cid) throws IOException {
    return sharing.isPublic(cid) ? blocks.size(cid) : OptionalInt.empty();
  }

  @Override
  public Optional<Bytes> read(Cid cid) throws IOException, IntegrityException {
    return sharing.isPublic(cid) ? blocks.read(cid) : Optional.empty();
  }
}
