package spindrift.catalog;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import spindrift.base.Bytes;
import spindrift.nix.PublicKey;
import spindrift.nix.Signature;

/**
 * Signatures that were found to be right lately: what sources say of a path is judged after each
 * answer, and a signature is by far the dearest part of that. Wrong ones are not remembered. Safe
 * for use by several threads.
 */
final class ProvenSignatures {
  /** Ours: those of a large closure while it is looked up; with the next limit, some MB. */
  private static final int MAX_ENTRIES = 1024;

  /** Ours, bytes: a longer message is of thousands of references. */
  private static final int MAX_MESSAGE = 4096;

  private final SequencedMap<Signature, Proven> proven = new LinkedHashMap<>(16, 0.75f, true);

  private record Proven(PublicKey key, Bytes message) {}

  /** Whether it is this key's signature of the message. */
  boolean verifies(PublicKey key, Bytes message, Signature signature) {
    Proven claim = new Proven(key, message);
    synchronized (this) {
      if (claim.equals(proven.get(signature))) {
        return true;
      }
    }
    boolean isRight = key.verifies(message, signature);
    if (isRight && message.size() <= MAX_MESSAGE) {
      put(signature, claim);
    }
    return isRight;
  }

  private synchronized void put(Signature signature, Proven claim) {
    proven.put(signature, claim);
    if (proven.size() > MAX_ENTRIES) {
      proven.pollFirstEntry();
    }
  }
}
