package spindrift.ipld;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.ipld.UnixFsNode.EntrySlot;
import spindrift.ipld.UnixFsNode.Shard;
import spindrift.ipld.UnixFsNode.ShardSlot;
import spindrift.ipld.UnixFsNode.Slot;

/**
 * Builds sharded directories with a fan-out of 256. The shards depend on nothing but the set of
 * entries.
 */
public final class HamtBuilder {
  private final BlockSink sink;

  private HamtBuilder(BlockSink sink) {
    this.sink = sink;
  }

  /**
   * Writes the shards of a directory, the root last.
   *
   * @param entries in any order; a name given twice is an {@link IllegalArgumentException}
   * @throws LimitExceededException when two names agree in all 64 bits of their hash
   */
  public static DagRoot build(List<UnixFsEntry> entries, BlockSink sink)
      throws FaultException, IOException {
    List<Hashed> hashed = new ArrayList<>(entries.size());
    for (UnixFsEntry entry : entries) {
      hashed.add(new Hashed(HamtHash.of(entry.name()), entry));
    }
    hashed.sort((a, b) -> Long.compareUnsigned(a.hash, b.hash));
    return new HamtBuilder(sink).shard(hashed, 0);
  }

  /** Writes the shard of entries that agree in the bits of all levels above. */
  private DagRoot shard(List<Hashed> entries, int depth) throws FaultException, IOException {
    if (depth == HamtHash.maxDepth(Shard.FANOUT)) {
      throw tooDeep(entries);
    }
    List<Slot> slots = new ArrayList<>();
    long tsize = 0;
    int from = 0;
    while (from < entries.size()) {
      int index = HamtHash.index(entries.get(from).hash, depth, Shard.FANOUT);
      int to = from + 1;
      while (to < entries.size()
          && HamtHash.index(entries.get(to).hash, depth, Shard.FANOUT) == index) {
        to++;
      }
      if (to == from + 1) {
        UnixFsEntry entry = entries.get(from).entry;
        slots.add(new EntrySlot(index, entry));
        tsize = Math.addExact(tsize, entry.tsize());
      } else {
        DagRoot child = shard(entries.subList(from, to), depth + 1);
        slots.add(new ShardSlot(index, child.cid(), child.tsize()));
        tsize = Math.addExact(tsize, child.tsize());
      }
      from = to;
    }
    Block block = new Shard(Shard.FANOUT, slots, UnixFsAttributes.NONE).encode();
    sink.accept(block);
    return new DagRoot(block.cid(), Math.addExact(tsize, block.bytes().size()));
  }

  private static LimitExceededException tooDeep(List<Hashed> entries) {
    if (entries.get(0).entry.name().equals(entries.get(1).entry.name())) {
      throw new IllegalArgumentException(
          "entry given twice: " + entries.get(0).entry.name().display());
    }
    return new LimitExceededException(
        "levels of a sharded directory", HamtHash.maxDepth(Shard.FANOUT));
  }

  private record Hashed(long hash, UnixFsEntry entry) {}
}
