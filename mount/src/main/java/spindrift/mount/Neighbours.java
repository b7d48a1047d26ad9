package spindrift.mount;

import java.util.ArrayList;
import java.util.List;
import spindrift.ipld.Cid;

/**
 * Small files of one directory come together once two of them were missed: who reads two reads
 * more. Safe for use by several threads.
 */
final class Neighbours {
  /** Ours: what is small enough that a round trip takes longer than the bytes. */
  private static final long SMALL_BYTES = 128 << 10;

  /** Ours: 40 ms at 200 Mbit/s. */
  private static final long MAX_BATCH_BYTES = 1 << 20;

  private static final int MAX_BATCH = 128;
  private static final int FIRST_BATCH = 8;

  /** Ours: directories that are read at once. */
  private static final int MAX_DIRECTORIES = 1024;

  private final Blocks blocks;
  private final Lru<Long, Integer> batches = new Lru<>(MAX_DIRECTORIES, count -> 1);

  Neighbours(Blocks blocks) {
    this.blocks = blocks;
  }

  /** Has the contents of a file of one leaf come, which are missing, and maybe those of others. */
  void want(Attached path, int row) {
    PathTree tree = path.tree();
    List<Cid> wanted = new ArrayList<>(List.of(tree.contents(row)));
    if (row != PathTree.ROOT && tree.size(row) <= SMALL_BYTES) {
      int directory = tree.parent(row);
      long node = path.node(directory);
      int batch = batches.find(node).orElse(0);
      batches.put(node, batch == 0 ? FIRST_BATCH : Math.min(MAX_BATCH, batch * 2));
      addNext(tree, directory, tree.indexOf(row) + 1, batch, wanted);
    }
    blocks.want(path.path(), wanted);
  }

  private static void addNext(PathTree tree, int directory, int from, int batch, List<Cid> wanted) {
    long bytes = 0;
    for (int i = from; i < tree.size(directory) && wanted.size() <= batch; i++) {
      int row = tree.child(directory, i);
      if (tree.isFile(row) && tree.size(row) > 0 && tree.size(row) <= SMALL_BYTES) {
        bytes += tree.size(row);
        if (bytes > MAX_BATCH_BYTES) {
          return;
        }
        wanted.add(tree.contents(row));
      }
    }
  }
}
