package spindrift.blocks;

import java.util.List;

/**
 * What reading every block again found.
 *
 * @param blocks that were read, dead ones not yet collected included
 * @param bytes the content of those
 * @param damaged those of them that are damaged and in use
 * @param missing blocks that the index names and the packs do not have
 */
public record Verification(long blocks, long bytes, List<DamagedBlock> damaged, long missing) {
  public Verification {
    damaged = List.copyOf(damaged);
  }

  public boolean clean() {
    return damaged.isEmpty() && missing == 0;
  }

  /** Told now and then how far a verification is. */
  @FunctionalInterface
  public interface Progress {
    void at(long bytesDone, long bytesInAll);
  }
}
