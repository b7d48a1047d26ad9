package spindrift.fuse;

import java.time.Duration;

/** What a name in a directory leads to. */
public sealed interface Lookup {
  /** A node and what is known of it; the kernel remembers both for ever. */
  record Entry(long node, Attributes attributes) implements Lookup {
    public Entry {
      if (node < FileTree.ROOT) {
        throw new IllegalArgumentException("not the number of a node: " + node);
      }
    }
  }

  /** Nothing; the kernel does not ask again for as long as is said here. */
  record Absent(Duration remembered) implements Lookup {
    /** There will never be anything of this name. */
    public static final Absent FOR_EVER = new Absent(Duration.ofSeconds(Long.MAX_VALUE));

    public Absent {
      if (remembered.isNegative()) {
        throw new IllegalArgumentException("a negative time: " + remembered);
      }
    }
  }
}
