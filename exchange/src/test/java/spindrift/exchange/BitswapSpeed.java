package spindrift.exchange;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import spindrift.base.Bytes;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

/**
 * Measures one node fetching from another in one process, over loopback and encrypted; run by hand.
 * Arguments: what (large, small), how often.
 */
final class BitswapSpeed {
  private static final long LARGE_BYTES = 1_000_000_000;
  private static final int SMALL_COUNT = 57_000;

  /** As much as a consumer lets come in advance. */
  private static final long AHEAD_BYTES = 64 << 20;

  private BitswapSpeed() {}

  public static void main(String[] args) throws Exception {
    boolean large = args.length == 0 || args[0].equals("large");
    int times = args.length > 1 ? Integer.parseInt(args[1]) : 5;
    List<Block> blocks = large ? large() : small();
    Blocks shared = Blocks.of(blocks);
    for (int i = 0; i < times; i++) {
      try (TestNode server = TestNode.start(shared);
          TestNode client = TestNode.start(new Blocks())) {
        measure(blocks, client, server);
      }
    }
  }

  private static void measure(List<Block> blocks, TestNode client, TestNode server)
      throws Exception {
    try (FetchSession session = client.session(server)) {
      long start = System.nanoTime();
      long bytes = 0;
      int expected = 0;
      long ahead = 0;
      for (Block block : blocks) {
        List<Cid> more = new ArrayList<>();
        while (expected < blocks.size() && ahead < AHEAD_BYTES) {
          Block next = blocks.get(expected++);
          ahead += next.bytes().size();
          more.add(next.cid());
        }
        if (!more.isEmpty()) {
          session.expect(more);
        }
        int size = session.load(block.cid()).size();
        bytes += size;
        ahead -= size;
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf(
          Locale.ROOT,
          "%d blocks, %.0f MB in %.2f s: %.0f MB/s, %.0f blocks/s%n",
          blocks.size(),
          bytes / 1e6,
          seconds,
          bytes / 1e6 / seconds,
          blocks.size() / seconds);
    }
  }

  /** 128 to 512 KiB each, as different as a gigabyte of memory allows. */
  private static List<Block> large() {
    Random random = new Random(1);
    List<Block> blocks = new ArrayList<>();
    long bytes = 0;
    while (bytes < LARGE_BYTES) {
      byte[] content = new byte[(128 << 10) + random.nextInt(384 << 10)];
      random.nextBytes(content);
      bytes += content.length;
      blocks.add(Block.raw(Bytes.owning(content)));
    }
    return blocks;
  }

  private static List<Block> small() {
    Random random = new Random(2);
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < SMALL_COUNT; i++) {
      byte[] content = new byte[1024 + random.nextInt(7 << 10)];
      random.nextBytes(content);
      blocks.add(Block.raw(Bytes.owning(content)));
    }
    return blocks;
  }
}
