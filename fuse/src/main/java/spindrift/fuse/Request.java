package spindrift.fuse;

import spindrift.base.Bytes;

/** What the kernel asks. */
sealed interface Request {
  /** By which the answer names its request. */
  long unique();

  /** The node that it is about; 0 where it is about none. */
  long node();

  /** The beginning of the conversation. */
  record Init(long unique, int major, int minor, int maxReadAhead, long flags) implements Request {
    @Override
    public long node() {
      return 0;
    }
  }

  record Find(long unique, long node, Bytes name) implements Request {}

  record GetAttributes(long unique, long node) implements Request {}

  record ReadLink(long unique, long node) implements Request {}

  record Open(long unique, long node) implements Request {}

  record OpenDirectory(long unique, long node) implements Request {}

  record Read(long unique, long node, long offset, int size) implements Request {}

  /** Names from a position, with attributes where {@code plus} says so. */
  record List(long unique, long node, long offset, int size, boolean plus) implements Request {}

  record GetCapacity(long unique, long node) implements Request {}

  /** A size of 0 asks how large the answer would be. */
  record GetExtended(long unique, long node, Bytes name, int size) implements Request {}

  /** A size of 0 asks how large the answer would be. */
  record ListExtended(long unique, long node, int size) implements Request {}

  /** Whoever waits for another request does not want to any more. */
  record Interrupt(long unique, long node, long target) implements Request {}

  /** Wants no answer: nodes that the kernel has no more use for. */
  record Forget(long unique, long node) implements Request {}

  /** Wants to hear that all is well, and no more. */
  record Release(long unique, long node) implements Request {}

  /** Would change something. */
  record Change(long unique, long node, int opcode) implements Request {}

  /** Not known here; the kernel does it otherwise, and remembers not to ask again. */
  record Other(long unique, long node, int opcode) implements Request {}
}
