package spindrift.catalog;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import spindrift.nix.NarContentCheck;
import spindrift.nix.NarInfo;
import spindrift.nix.StoreDir;

/**
 * The first trust gate: what of that which sources say of a store object is believed. Safe for use
 * by several threads.
 */
public final class TrustPolicy {
  private final TrustedKeys keys;
  private final StoreDir storeDir;

  public TrustPolicy(TrustedKeys keys, StoreDir storeDir) {
    this.keys = keys;
    this.storeDir = storeDir;
  }

  /**
   * Judges one store object.
   *
   * @param testimonies all of the same path, in the order of preference
   */
  public Verdict judge(Collection<Testimony> testimonies) {
    for (Testimony testimony : testimonies) {
      Optional<NarInfo> accepted = keys.accept(testimony.info(), storeDir);
      if (accepted.isPresent()) {
        return new Verdict.Accepted(accepted.get(), List.of("signed by a trusted key"));
      }
    }
    return new Verdict.Open(List.of("no trusted key has signed it"));
  }

  /**
   * What the NAR of an accepted narinfo has to pass beside its hash, before its last byte is used;
   * empty for one that is signed.
   */
  public Optional<NarContentCheck> check(NarInfo accepted) {
    return keys.check(accepted);
  }
}
