package spindrift.exchange;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import spindrift.base.Bytes;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.testkit.Seeds;

/** Shared blocks in memory, found by their hash. */
final class Blocks implements SharedBlocks {
  private final Map<Cid, Bytes> blocks = new ConcurrentHashMap<>();

  /** So many raw blocks of one size, always the same for the same seed. */
  static List<Block> some(long seed, int count, int size) {
    Random random = new Random(seed);
    List<Block> blocks = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      blocks.add(Block.raw(Seeds.bytes(random, size)));
    }
    return blocks;
  }

  static List<Cid> cids(List<Block> blocks) {
    return blocks.stream().map(Block::cid).toList();
  }

  static Blocks of(List<Block> blocks) {
    Blocks shared = new Blocks();
    blocks.forEach(shared::put);
    return shared;
  }

  void put(Block block) {
    blocks.put(Want.key(block.cid()), block.bytes());
  }

  @Override
  public OptionalInt size(Cid cid) {
    return read(cid).stream().mapToInt(Bytes::size).findFirst();
  }

  @Override
  public Optional<Bytes> read(Cid cid) {
    return Optional.ofNullable(blocks.get(Want.key(cid)));
  }
}
