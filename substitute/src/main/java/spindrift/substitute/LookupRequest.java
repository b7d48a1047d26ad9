package spindrift.substitute;

import java.time.Duration;
import java.util.List;
import spindrift.nix.NixHash;

/**
 * What is asked of a peer in one go.
 *
 * @param keys at most {@link #MAX_KEYS}
 * @param scope whether records of what the objects refer to are wanted too
 * @param viewsWithin how long the peer may take to compute views that it does not have; zero to get
 *     what it has
 */
public record LookupRequest(List<Key> keys, Scope scope, Duration viewsWithin) {
  /** Ours: a closure of a large system, in one request of some 100 KB. */
  public static final int MAX_KEYS = 4096;

  /** How far a look-up goes. */
  public enum Scope {
    /** The objects named. */
    OBJECTS,
    /** The objects named and all that they refer to, as far as the peer has it. */
    CLOSURES
  }

  /** What a store object is asked for by. */
  public sealed interface Key {
    /** The hash part of its store path: 32 characters of nix32. */
    record HashPart(String text) implements Key {}

    /** The SHA-256 of its NAR. */
    record NarHash(NixHash hash) implements Key {}
  }

  public LookupRequest {
    keys = List.copyOf(keys);
  }
}
