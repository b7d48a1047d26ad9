package spindrift.substitute;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import spindrift.nix.NixHash;

/** Which upstreams gave wrong bytes of which NARs, lately. Safe for use by several threads. */
final class Suspicions {
  /** Ours: a broken file in a cache is mended in minutes, if at all. */
  private static final long LASTING_NANOS = TimeUnit.MINUTES.toNanos(5);

  private static final int MAX = 4096;

  private final Bounded<Claim, Suspicion> all = Bounded.ofSize(MAX);

  private record Claim(NixHash narHash, String upstream) {}

  private record Suspicion(Verdicts.Trust trust, long since) {}

  synchronized Verdicts.Trust of(NixHash narHash, String upstream) {
    Optional<Suspicion> found = all.get(new Claim(narHash, upstream));
    return found
        .filter(one -> System.nanoTime() - one.since < LASTING_NANOS)
        .map(Suspicion::trust)
        .orElse(Verdicts.Trust.UNTRIED);
  }

  /** It had a part in a wrong NAR. */
  synchronized void doubt(NixHash narHash, String upstream) {
    if (of(narHash, upstream) == Verdicts.Trust.UNTRIED) {
      put(narHash, upstream, Verdicts.Trust.DOUBTED);
    }
  }

  /** It gave a wrong NAR, alone. */
  synchronized void refute(NixHash narHash, String upstream) {
    put(narHash, upstream, Verdicts.Trust.FALSE);
  }

  private void put(NixHash narHash, String upstream, Verdicts.Trust trust) {
    all.put(new Claim(narHash, upstream), new Suspicion(trust, System.nanoTime()));
  }
}
