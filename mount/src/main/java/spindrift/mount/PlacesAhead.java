package spindrift.mount;

import java.util.ArrayList;
import java.util.List;
import spindrift.ipld.Cid;

/**
 * Has the node say where files of its own store lie, of many at once: more, the more of a path are
 * read. Safe for use by several threads.
 */
final class PlacesAhead {
  /** Ours: a millisecond of the node's time. */
  private static final int FIRST_BATCH = 64;

  private static final int GROWTH = 8;

  /** Ours: rows that are looked at for one place, or large files would hide the small ones. */
  private static final int ROWS_A_PLACE = 4;

  /** Ours: paths that are read at once. */
  private static final int MAX_PATHS = 1024;

  private final Blocks blocks;
  private final Lru<Long, Integer> batches = new Lru<>(MAX_PATHS, count -> 1);

  PlacesAhead(Blocks blocks) {
    this.blocks = blocks;
  }

  /** Asks where a leaf of a file lies, and what probably is read next. */
  void want(Attached path, int row, FileMap map, int leaf) {
    if (map.leaves() > 1) {
      blocks.wantPlaces(map.leaves(leaf, Depot.MAX_PLACES));
      return;
    }
    int batch = batches.find(path.base()).orElse(FIRST_BATCH);
    batches.put(path.base(), Math.min(Depot.MAX_PLACES, batch * GROWTH));
    blocks.wantPlaces(leaves(path.tree(), row, batch));
  }

  /**
   * The one of a row, for which somebody waits, and then those of small files around it:
   * directories are read in any order.
   */
  private static List<Cid> leaves(PathTree tree, int row, int batch) {
    List<Cid> leaves = new ArrayList<>(List.of(tree.contents(row)));
    int start = Math.max(0, row - batch / 2);
    int end = Math.min(tree.rows(), start + batch * ROWS_A_PLACE);
    for (int i = start; i < end && leaves.size() < batch; i++) {
      if (i != row && tree.isLeaf(i)) {
        leaves.add(tree.contents(i));
      }
    }
    return leaves;
  }
}
