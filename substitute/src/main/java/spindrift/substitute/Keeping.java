package spindrift.substitute;

import spindrift.nix.NarInfo;

/**
 * What becomes of NARs that pass, beside that clients get them. Safe for use by several threads.
 */
@FunctionalInterface
interface Keeping {
  /** Nothing. */
  Keeping NONE = (info, spool) -> {};

  /** A NAR begins to pass. Does not wait. */
  void follow(NarInfo info, NarSpool spool);
}
