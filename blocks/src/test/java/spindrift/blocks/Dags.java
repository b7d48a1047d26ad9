package spindrift.blocks;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import spindrift.base.Bytes;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.ipld.PbLink;
import spindrift.ipld.PbNode;

/** Blocks and small DAGs for tests; the same seed makes the same ones. */
final class Dags {
  private Dags() {}

  static Block leaf(long seed, int size) {
    byte[] content = new byte[size];
    new Random(seed).nextBytes(content);
    return Block.raw(Bytes.owning(content));
  }

  static Block node(List<Block> children) {
    return node(children.stream().map(Block::cid).toList(), "");
  }

  static Block node(List<Cid> children, String data) {
    return Block.dagPb(
        PbNode.of(
            children.stream().map(cid -> PbLink.of(cid, Bytes.EMPTY, 0)).toList(),
            Bytes.utf8(data)));
  }

  /** A node over nodes over leaves; the root comes last. */
  static List<Block> tree(long seed, int nodes, int leavesEach, int leafSize) {
    List<Block> all = new ArrayList<>();
    List<Block> middle = new ArrayList<>();
    for (int n = 0; n < nodes; n++) {
      List<Block> leaves = new ArrayList<>();
      for (int l = 0; l < leavesEach; l++) {
        leaves.add(leaf(seed * 1_000_003 + n * 1009L + l, leafSize));
      }
      all.addAll(leaves);
      middle.add(node(leaves));
    }
    all.addAll(middle);
    all.add(node(middle));
    return all;
  }
}
