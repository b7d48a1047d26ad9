package spindrift.blocks;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;
import spindrift.base.Multihash;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

/** Blocks in memory, for tests and short-lived work; nothing is durable and nothing is bounded. */
public final class MemoryBlockStore implements BlockStore {
  private final Map<Multihash, Bytes> blocks = new ConcurrentHashMap<>();

  /** An empty store. */
  public MemoryBlockStore() {}

  @Override
  public boolean has(Cid cid) {
    return cid.isIdentity() || blocks.containsKey(cid.hash());
  }

  @Override
  public OptionalInt size(Cid cid) {
    return read(cid).stream().mapToInt(Bytes::size).findFirst();
  }

  @Override
  public Optional<Bytes> read(Cid cid) {
    return Optional.ofNullable(cid.isIdentity() ? cid.digest() : blocks.get(cid.hash()));
  }

  @Override
  public void accept(Block block) throws LimitExceededException {
    BlockLimits.check(block.bytes());
    if (!block.cid().isIdentity()) {
      blocks.putIfAbsent(block.cid().hash(), block.bytes());
    }
  }

  @Override
  public void sync() {
    // Memory is as durable as it gets.
  }

  /** How many blocks are here. */
  public int count() {
    return blocks.size();
  }
}
