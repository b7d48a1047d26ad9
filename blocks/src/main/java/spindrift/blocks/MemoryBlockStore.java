package spindrift.blocks;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.base.Multihash;
import spindrift.ipld.Cid;

/** Blocks in memory, for tests and short-lived work; nothing is durable and nothing is bounded. */
public final class MemoryBlockStore implements BlockStore {
  private final Map<Multihash, Bytes> blocks = new ConcurrentHashMap<>();

  @Override
  public boolean has(Cid cid) {
    return cid.isIdentity() || blocks.containsKey(cid.hash());
  }

  @Override
  public OptionalInt size(Cid cid) {
    return read(cid).map(bytes -> OptionalInt.of(bytes.size())).orElse(OptionalInt.empty());
  }

  @Override
  public Optional<Bytes> read(Cid cid) {
    return Optional.ofNullable(cid.isIdentity() ? cid.digest() : blocks.get(cid.hash()));
  }

  @Override
  public Cid put(long codec, Bytes content) throws LimitExceededException {
    BlockLimits.check(content);
    Cid cid = Cid.of(codec, Multihash.sha256Of(content));
    blocks.putIfAbsent(cid.hash(), content);
    return cid;
  }

  @Override
  public void put(Cid cid, Bytes content) throws IntegrityException, LimitExceededException {
    BlockLimits.check(content);
    cid.verify(content, "block");
    if (!cid.isIdentity()) {
      blocks.putIfAbsent(cid.hash(), content);
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
