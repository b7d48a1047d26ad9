package spindrift.blocks;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

/**
 * A view of the store for one upload or build in progress: every block that was put or found
 * present through it, with all below it, is spared by garbage collection until it is closed. By
 * then its owner has pinned a root, recorded it among the roots for collection, or given up.
 *
 * <p>Costs about a hundred bytes a block. Safe for use by several threads; closing twice does
 * nothing.
 */
public final class Session implements BlockStore, AutoCloseable {
  private final DiskBlockStore store;
  private final Protection protection;
  private final Protection.SessionBlocks blocks;

  Session(DiskBlockStore store, Protection protection) {
    this.store = store;
    this.protection = protection;
    this.blocks = protection.openSession();
  }

  @Override
  public boolean has(Cid cid) throws IOException {
    return size(cid).isPresent();
  }

  @Override
  public OptionalInt size(Cid cid) throws IOException {
    if (cid.isIdentity()) {
      return store.size(cid);
    }
    boolean added = blocks.cids().add(cid);
    OptionalInt[] size = {OptionalInt.empty()};
    protection.whilePresent(cid, Key.of(cid), () -> size[0] = store.sizeInPacks(cid));
    if (size[0].isEmpty()) {
      size[0] = store.size(cid);
    }
    if (size[0].isEmpty() && added) {
      blocks.cids().remove(cid);
    }
    return size[0];
  }

  @Override
  public Optional<Bytes> read(Cid cid) throws IOException, IntegrityException {
    return has(cid) ? store.read(cid) : Optional.empty();
  }

  @Override
  public void accept(Block block) throws IOException, LimitExceededException {
    if (!block.cid().isIdentity()) {
      blocks.cids().add(block.cid());
    }
    store.accept(block);
  }

  @Override
  public void sync() throws IOException {
    store.sync();
  }

  @Override
  public void close() {
    protection.closeSession(blocks);
  }
}
