package spindrift.blocks;

import java.io.IOException;

/** A place that blocks are put into and read from. Safe for use by several threads. */
public interface BlockStore extends BlockReader, BlockWriter {
  /**
   * Returns once everything put before the call is durable. Callers at the same time share the
   * work, so one sync for each batch is the way to go.
   */
  void sync() throws IOException;
}
