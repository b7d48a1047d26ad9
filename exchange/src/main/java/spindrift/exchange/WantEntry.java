package spindrift.exchange;

import spindrift.ipld.Cid;

/**
 * One line of a wantlist as it goes over the wire.
 *
 * @param priority the higher, the sooner
 * @param dontHave what is to be said when the block is absent
 */
record WantEntry(Cid cid, int priority, Kind kind, DontHave dontHave) {
  /** What is wanted. */
  enum Kind {
    BLOCK,
    /** To know whether the peer has it. */
    HAVE,
    /** Nothing any more. */
    CANCEL
  }

  /** Whether a peer that does not have a block is to say so. */
  enum DontHave {
    SAY,
    KEEP_QUIET
  }

  /** A block, or to be told at once that the peer does not have it. */
  static WantEntry block(Cid cid, int priority) {
    return new WantEntry(cid, priority, Kind.BLOCK, DontHave.SAY);
  }

  static WantEntry cancel(Cid cid) {
    return new WantEntry(cid, 0, Kind.CANCEL, DontHave.KEEP_QUIET);
  }
}
