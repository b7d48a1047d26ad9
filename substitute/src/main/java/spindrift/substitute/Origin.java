package spindrift.substitute;

import spindrift.ipld.Cid;

/** Who has to answer for bytes of a NAR. */
sealed interface Origin {
  /** Whoever said that this is a view of the NAR: its blocks are right by themselves. */
  record View(Cid cid) implements Origin {}

  /** An upstream, by its name. */
  record Cache(String name) implements Origin {}

  /** This node, when it ran the last time. */
  record Left() implements Origin {}
}
