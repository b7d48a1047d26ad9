package spindrift.substitute;

import java.util.List;
import spindrift.blocks.BlockReader;
import spindrift.blocks.MemoryBlockStore;
import spindrift.catalog.TrustPolicy;
import spindrift.catalog.TrustRules;
import spindrift.nix.StoreDir;

/** What every transfer needs. */
record Supply(
    Peers peers,
    PeerIndex index,
    Judge judge,
    Attendance attendance,
    Invitations invitations,
    BlockReader blocks,
    SourceHealth health,
    WindowBudget windows,
    TransferLog transfers,
    FetchSettings settings) {
  /** That of a node without peers. */
  static Supply alone(StoreDir storeDir) {
    Peers peers = new NoPeers();
    FetchSettings settings = FetchSettings.DEFAULTS;
    TrustPolicy nobody = new TrustPolicy(TrustRules.anyOf(List.of()), storeDir);
    PeerIndex index = new PeerIndex(peers, nobody, settings, System::nanoTime);
    return new Supply(
        peers,
        index,
        new Judge(peers, index, nobody, new Suspicions(), new UnknownHealth()),
        new Attendance(),
        new Invitations(peers, index),
        new MemoryBlockStore(),
        new UnknownHealth(),
        new WindowBudget(WindowBudget.TOTAL_BYTES),
        new TransferLog(History.NONE),
        settings);
  }

  /** The same, for one who has more sources than peers. */
  Supply with(SourceHealth known, TrustPolicy policy, Suspicions suspicions, History history) {
    return new Supply(
        peers,
        index,
        new Judge(peers, index, policy, suspicions, known),
        attendance,
        invitations,
        blocks,
        known,
        windows,
        new TransferLog(history),
        settings);
  }
}
