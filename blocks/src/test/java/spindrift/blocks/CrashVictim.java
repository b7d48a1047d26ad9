package spindrift.blocks;

import java.nio.file.Path;
import java.util.List;
import spindrift.ipld.Block;

/**
 * A process that uploads, pins, throws away and collects until it is killed. Each number it prints
 * is a tree that it has acknowledged.
 */
final class CrashVictim {
  static final DiskOptions OPTIONS = DiskOptions.DEFAULTS.withMaxPackBytes(100_000);

  private CrashVictim() {}

  static List<Block> tree(int number) {
    return Dags.tree(number, 2, 6, 700);
  }

  public static void main(String[] arguments) throws Exception {
    DiskBlockStore store = DiskBlockStore.open(Path.of(arguments[0]), OPTIONS);
    for (int number = Integer.parseInt(arguments[1]); ; number++) {
      try (Session session = store.session()) {
        List<Block> tree = tree(number);
        for (Block block : tree) {
          session.accept(block);
        }
        session.sync();
        store.pins().add(tree.getLast().cid(), "kept");
      }
      System.out.println(number);
      System.out.flush();
      for (Block block : tree(-1 - number)) {
        store.accept(block);
      }
      if (number % 4 == 0) {
        store.collect(List.of(), GcMode.COLLECT);
      }
    }
  }
}
