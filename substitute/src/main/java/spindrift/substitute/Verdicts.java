package spindrift.substitute;

import spindrift.ipld.Cid;
import spindrift.nix.NixHash;

/**
 * Which NAR views were found to be of which NARs: nobody signed that. Safe for use by several
 * threads.
 */
final class Verdicts {
  /** Ours: the paths of some closures, 200 bytes each. */
  private static final int MAX_PROVED = 16_384;

  /** Ours: each costs who made it up a peer id and a transfer. */
  private static final int MAX_OTHERS = 4096;

  private final Bounded<NixHash, Cid> proved = Bounded.ofSize(MAX_PROVED);
  private final Bounded<Claim, Trust> others = Bounded.ofSize(MAX_OTHERS);

  /** What a view is used for, in the order of preference. */
  enum Trust {
    PROVED,
    /** For whatever is missing of a NAR. */
    UNTRIED,
    /**
     * For whole NARs only, and without what is here: it had a part in a wrong NAR, and if that
     * happens again, it is known to whom.
     */
    DOUBTED,
    /** As before, after all others: it has failed again. */
    DISTRUSTED,
    /** For nothing. */
    FALSE
  }

  private record Claim(NixHash narHash, Cid view) {}

  synchronized Trust of(NixHash narHash, Cid view) {
    return proved.get(narHash).filter(view::equals).isPresent()
        ? Trust.PROVED
        : others.get(new Claim(narHash, view)).orElse(Trust.UNTRIED);
  }

  synchronized void prove(NixHash narHash, Cid view) {
    proved.put(narHash, view);
    others.remove(new Claim(narHash, view));
  }

  synchronized void doubt(NixHash narHash, Cid view) {
    Trust before = of(narHash, view);
    others.put(
        new Claim(narHash, view),
        before.compareTo(Trust.DOUBTED) < 0 ? Trust.DOUBTED : Trust.DISTRUSTED);
  }

  synchronized void refute(NixHash narHash, Cid view) {
    proved.remove(narHash);
    others.put(new Claim(narHash, view), Trust.FALSE);
  }
}
