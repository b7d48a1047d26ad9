package spindrift.substitute;

import java.io.IOException;
import java.util.Optional;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;
import spindrift.exchange.FetchSession;
import spindrift.nix.NarInfo;
import spindrift.p2p.PeerId;

/** A NAR that peers have. */
record PeerNar(NarInfo info, Supply supply, Prefetch prefetch) implements ByteSource {
  @Override
  public long size() {
    return info.narSize();
  }

  @Override
  public void writeTo(ByteTarget target, long from, long to) throws IOException, FaultException {
    RunningTransfer transfer = supply.transfers().begin(info.path(), info.narSize());
    Transfer.State state = Transfer.State.FAILED;
    try {
      Optional<Prefetch.Fetched> fetched = prefetch.take(info);
      if (fetched.isPresent()) {
        fetched.get().nar().slice((int) from, (int) to).writeTo(target);
        count(fetched.get(), transfer);
      } else {
        new NarFetch(supply, info, transfer).writeTo(target, from, to);
      }
      state = Transfer.State.DONE;
    } finally {
      supply.transfers().end(transfer, state);
    }
  }

  private void count(Prefetch.Fetched fetched, RunningTransfer transfer) {
    transfer.gave(info.narSize());
    transfer.hadLocally(fetched.localBytes());
    // Several peers sent it for many NARs together: the first stands for all.
    PeerId peer = fetched.peers().getFirst();
    transfer.cameFrom(
        new FetchSession.PeerShare(peer, 0, info.narSize() - fetched.localBytes(), 0));
  }
}
