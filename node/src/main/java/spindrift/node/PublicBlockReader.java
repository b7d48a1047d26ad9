package spindrift.node;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.blocks.BlockReader;
import spindrift.catalog.Sharing;
import spindrift.ipld.Cid;

/**
 * The blocks here that belong to public objects, for those who are not the owner of the node.
 * Others look absent.
 */
final class PublicBlockReader implements BlockReader {
  private final BlockReader blocks;
  private final Sharing sharing;

  PublicBlockReader(BlockReader blocks, Sharing sharing) {
    this.blocks = blocks;
    this.sharing = sharing;
  }

  @Override
  public boolean has(Cid cid) throws IOException {
    return isPublic(cid) && blocks.has(cid);
  }

  @Override
  public OptionalInt size(Cid cid) throws IOException {
    return isPublic(cid) ? blocks.size(cid) : OptionalInt.empty();
  }

  @Override
  public Optional<Bytes> read(Cid cid) throws IOException, IntegrityException {
    return isPublic(cid) ? blocks.read(cid) : Optional.empty();
  }

  /** One whose bytes are inside its CID is known to whoever asks for it. */
  private boolean isPublic(Cid cid) throws IOException {
    return cid.isIdentity() || sharing.isPublic(cid);
  }
}
