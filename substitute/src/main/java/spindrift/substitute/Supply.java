package spindrift.substitute;

import spindrift.blocks.BlockReader;

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
    FetchSettings settings) {}
