package spindrift.substitute;

import java.io.IOException;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;
import spindrift.exchange.FetchSession;

/** A UnixFS file whose blocks are here or at any connected peers. */
record PeerFile(FileSpan whole, LocalBlocks here, Supply supply) implements ByteSource {
  @Override
  public long size() {
    return whole.size();
  }

  @Override
  public void writeTo(ByteTarget target, long from, long to) throws IOException, FaultException {
    FileSpan span = whole.range(from, to);
    try (WindowBudget.Lease window =
            supply.windows().lease(to - from, supply.settings().patience());
        FetchSession session = supply.peers().session(supply.peers().connected())) {
      session.holdAtMost(window.wanted() + 2 * FilePlan.MAX_NODE_BYTES_AHEAD);
      new AheadReader(span, here, session, window::bytes, bytes -> {}).writeTo(target);
    }
  }
}
