package spindrift.substitute;

import java.io.IOException;
import java.util.Optional;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;
import spindrift.exchange.FetchSession;
import spindrift.ipld.Cid;

/** A UnixFS file whose blocks are here or at any connected peers. */
record PeerFile(Cid root, long size, Supply supply) implements ByteSource {
  @Override
  public void writeTo(ByteTarget target, long from, long to) throws IOException, FaultException {
    FileSpan span = new FileSpan(root, Optional.empty(), size, from, to);
    try (WindowBudget.Lease window =
            supply.windows().lease(to - from, supply.settings().patience());
        FetchSession session = supply.peers().session(supply.peers().connected())) {
      session.holdAtMost(window.wanted() + 2 * FilePlan.MAX_NODE_BYTES_AHEAD);
      new AheadReader(span, LocalBlocks.of(supply.blocks()), session, window::bytes, bytes -> {})
          .writeTo(target);
    }
  }
}
