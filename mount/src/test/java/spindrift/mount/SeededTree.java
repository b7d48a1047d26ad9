package spindrift.mount;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.nix.FileMode;
import spindrift.nix.NarVisitor;
import spindrift.testkit.Seeds;

/** A file tree to make views of. */
sealed interface SeededTree {
  record Regular(FileMode mode, Bytes content) implements SeededTree {}

  record Link(Bytes target) implements SeededTree {}

  record Directory(SortedMap<Bytes, SeededTree> entries) implements SeededTree {}

  static SeededTree file(Bytes content) {
    return new Regular(FileMode.REGULAR, content);
  }

  static Directory directory(Object... namesAndTrees) {
    SortedMap<Bytes, SeededTree> entries = new TreeMap<>();
    for (int i = 0; i < namesAndTrees.length; i += 2) {
      entries.put(Bytes.utf8((String) namesAndTrees[i]), (SeededTree) namesAndTrees[i + 1]);
    }
    return new Directory(entries);
  }

  /** A directory of random things, some of them directories. */
  static Directory random(RandomGenerator random, int depth) {
    SortedMap<Bytes, SeededTree> entries = new TreeMap<>();
    int count = random.nextInt(12);
    for (int i = 0; i < count; i++) {
      entries.put(name(random), node(random, depth));
    }
    return new Directory(entries);
  }

  private static SeededTree node(RandomGenerator random, int depth) {
    return switch (random.nextInt(depth > 0 ? 8 : 6)) {
      case 0 -> new Link(name(random));
      case 1 -> new Regular(FileMode.EXECUTABLE, Seeds.someBytes(random, 2_000_000));
      case 2 -> new Regular(FileMode.REGULAR, Bytes.EMPTY);
      case 3, 4, 5 -> new Regular(FileMode.REGULAR, Seeds.someBytes(random, 5_000));
      default -> random(random, depth - 1);
    };
  }

  /** With every byte that a name may have. */
  private static Bytes name(RandomGenerator random) {
    byte[] name = new byte[1 + random.nextInt(random.nextInt(255) + 1)];
    for (int i = 0; i < name.length; i++) {
      do {
        name[i] = (byte) random.nextInt(256);
      } while (name[i] == 0 || name[i] == '/' || name[i] == '.');
    }
    return Bytes.owning(name);
  }

  default void tell(NarVisitor visitor) throws IOException, FaultException {
    switch (this) {
      case Regular(FileMode mode, Bytes content) ->
          visitor.regular(mode, content.size(), new ByteArrayInputStream(content.toArray()));
      case Link(Bytes target) -> visitor.symlink(target);
      case Directory(SortedMap<Bytes, SeededTree> entries) -> {
        visitor.startDirectory();
        for (var entry : entries.entrySet()) {
          visitor.entry(entry.getKey());
          entry.getValue().tell(visitor);
        }
        visitor.endDirectory();
      }
    }
  }
}
