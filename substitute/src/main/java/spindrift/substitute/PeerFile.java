package spindrift.substitute;

import java.io.IOException;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;
import spindrift.dag.DagFile;
import spindrift.exchange.FetchSession;
import spindrift.ipld.BlockSource;

/**
 * A UnixFS file whose blocks are here or at any connected peers.
 *
 * @param here what is on this machine, and what came lately
 * @param kept blocks one by one, which stay for a while
 */
record PeerFile(FileSpan whole, LocalBlocks here, BlockSource kept, Supply supply)
    implements ByteSource {
  /**
   * Ours: a look at the beginning of a file, whose block is then kept for those who read it all.
   */
  private static final int LOOK_BYTES = 64 << 10;

  @Override
  public long size() {
    return whole.size();
  }

  @Override
  public void writeTo(ByteTarget target, long from, long to) throws IOException, FaultException {
    if (to - from <= LOOK_BYTES) {
      DagFile.open(whole.root(), kept).writeTo(target, from, to);
      return;
    }
    FileSpan span = whole.range(from, to);
    try (WindowBudget.Lease window =
            supply.windows().lease(to - from, supply.settings().patience());
        FetchSession session = supply.peers().session(supply.peers().connected())) {
      session.holdAtMost(window.wanted() + 2 * FilePlan.MAX_NODE_BYTES_AHEAD);
      new AheadReader(span, here, session, window::bytes, bytes -> {}).writeTo(target);
    }
  }
}
