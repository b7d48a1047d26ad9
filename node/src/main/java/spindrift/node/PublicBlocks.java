package spindrift.node;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.blocks.BlockReader;
import spindrift.catalog.Sharing;
import spindrift.exchange.SharedBlocks;
import spindrift.ipld.Cid;

/** Those of the blocks here that belong to public objects. */
final class PublicBlocks implements SharedBlocks {
  private final Sharing sharing;
  private final BlockReader blocks;

  PublicBlocks(Sharing sharing, BlockReader blocks) {
    this.sharing = sharing;
    this.blocks = blocks;
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
