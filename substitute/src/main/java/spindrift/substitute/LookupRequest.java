package spindrift.substitute;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.nix.ContentAddress;
import spindrift.nix.HashAlgorithm;
import spindrift.nix.NarInfo;
import spindrift.nix.Nix32;
import spindrift.nix.NixHash;
import spindrift.nix.StorePath;

/**
 * What is asked of a peer in one go.
 *
 * @param keys at most {@link #MAX_KEYS}, of them {@link #MAX_FLAT_HASHES} flat hashes
 * @param scope whether records of what the objects refer to are wanted too
 * @param viewsWithin how long the peer may take to compute views that it does not have, at most
 *     {@link #MAX_VIEWS_WITHIN}; zero to get what it has
 */
public record LookupRequest(List<Key> keys, Scope scope, Duration viewsWithin) {
  /** Ours: a closure of a large system, in one request of some 100 KB. */
  public static final int MAX_KEYS = 4096;

  /** Ours: a peer tries every name of its store for each. */
  public static final int MAX_FLAT_HASHES = 16;

  /** Ours: as long as a client of Nix waits for a NAR to begin; a stream is kept open meanwhile. */
  public static final Duration MAX_VIEWS_WITHIN = Duration.ofSeconds(60);

  /** How far a look-up goes. */
  public enum Scope {
    /** The objects named. */
    OBJECTS(0),
    /** The objects named and all that they refer to, as far as the peer has it. */
    CLOSURES(1);

    private final int number;

    Scope(int number) {
      this.number = number;
    }

    /** What stands for it on the wire. */
    int number() {
      return number;
    }
  }

  /** What a store object is asked for by. */
  public sealed interface Key {
    /** The hash part of its store path: 32 characters of nix32. */
    record HashPart(String text) implements Key {
      /**
       * @throws IllegalArgumentException when the text is no hash part
       */
      public HashPart {
        if (!StorePath.isHashPart(text)) {
          throw new IllegalArgumentException("not a hash part: " + text);
        }
      }

      /** The 20 bytes that the text stands for. */
      Bytes digest() {
        try {
          return Nix32.decode(text);
        } catch (MalformedDataException e) {
          throw new IllegalStateException("any 32 characters of nix32 are 20 bytes", e);
        }
      }
    }

    /** The SHA-256 of its NAR; a peer finds objects by it that are in its catalog. */
    record NarHash(NixHash hash) implements Key {
      /**
       * @throws IllegalArgumentException when the hash is another one than SHA-256
       */
      public NarHash {
        if (hash.algorithm() != HashAlgorithm.SHA256) {
          throw new IllegalArgumentException("not a hash of NARs: " + hash);
        }
      }
    }

    /**
     * The hash of its contents, where it is one file that is addressed by them; peers that do not
     * know this kind of key pass it over.
     */
    record FlatHash(NixHash hash) implements Key {
      /** Whether a narinfo is of such an object. */
      boolean isOf(NarInfo info) {
        return info.ca().equals(Optional.of(new ContentAddress(ContentAddress.Method.FLAT, hash)));
      }
    }
  }

  /**
   * @throws IllegalArgumentException when a limit is passed
   */
  public LookupRequest {
    keys = List.copyOf(keys);
    if (keys.size() > MAX_KEYS) {
      throw new IllegalArgumentException(keys.size() + " keys, more than " + MAX_KEYS);
    }
    if (flatHashes(keys) > MAX_FLAT_HASHES) {
      throw new IllegalArgumentException("more than " + MAX_FLAT_HASHES + " flat hashes");
    }
    if (viewsWithin.isNegative() || viewsWithin.compareTo(MAX_VIEWS_WITHIN) > 0) {
      throw new IllegalArgumentException("views within " + viewsWithin);
    }
  }

  private static long flatHashes(List<Key> keys) {
    return keys.stream().filter(Key.FlatHash.class::isInstance).count();
  }

  /** How many of the keys are flat hashes. */
  int flatHashes() {
    return (int) flatHashes(keys);
  }
}
