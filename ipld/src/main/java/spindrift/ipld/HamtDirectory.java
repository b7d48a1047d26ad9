package spindrift.ipld;

import java.io.IOException;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.ipld.UnixFsNode.EntrySlot;
import spindrift.ipld.UnixFsNode.Shard;
import spindrift.ipld.UnixFsNode.ShardSlot;
import spindrift.ipld.UnixFsNode.Slot;

/**
 * A sharded directory that is read through a {@link BlockSource}, shard by shard as they are
 * needed.
 *
 * <p>Every entry must sit where the hash of its name puts it. So a hostile DAG that links to one
 * shard from many places cannot expand: in all places but one its entries are refused. As safe for
 * use by several threads as its source.
 */
public final class HamtDirectory {
  private final Shard root;
  private final BlockSource source;

  private HamtDirectory(Shard root, BlockSource source) {
    this.root = root;
    this.source = source;
  }

  /** The directory with a root shard that was read already. */
  public static HamtDirectory of(Shard root, BlockSource source) {
    return new HamtDirectory(root, source);
  }

  /** The entry with a name; loads at most one shard a level. */
  public Optional<UnixFsEntry> find(Bytes name) throws FaultException, IOException {
    long hash = HamtHash.of(name);
    Shard shard = root;
    for (int depth = 0; ; depth++) {
      int index = HamtHash.index(hash, depth, root.fanout());
      Optional<Slot> slot = shard.slot(index);
      if (slot.isEmpty()) {
        return Optional.empty();
      }
      switch (slot.get()) {
        case EntrySlot(int at, UnixFsEntry entry) -> {
          return entry.name().equals(name) ? Optional.of(entry) : Optional.empty();
        }
        case ShardSlot child -> shard = load(child, depth + 1);
      }
    }
  }

  /** All entries, in the order of their names' hashes, each found once. */
  public HamtEntries entries() {
    return new HamtEntries(this);
  }

  Shard root() {
    return root;
  }

  /** The shard in a slot; {@code depth} is the shard's own level. */
  Shard load(ShardSlot slot, int depth) throws FaultException, IOException {
    if (depth >= HamtHash.maxDepth(root.fanout())) {
      throw new LimitExceededException(
          "levels of a sharded directory", HamtHash.maxDepth(root.fanout()));
    }
    Cid cid = slot.cid();
    if (cid.codec() != Cid.DAG_PB) {
      throw malformed("a shard that is not DAG-PB: " + cid);
    }
    Bytes bytes = cid.isIdentity() ? cid.digest() : source.load(cid);
    if (UnixFsNode.decode(bytes) instanceof Shard shard
        && shard.fanout() == root.fanout()
        && !shard.slots().isEmpty()) {
      return shard;
    }
    throw malformed("not a shard of this directory: " + cid);
  }

  static MalformedDataException malformed(String rule) {
    return new MalformedDataException("HAMT directory", -1, rule);
  }
}
