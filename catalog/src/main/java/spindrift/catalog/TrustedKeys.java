package spindrift.catalog;

import java.util.List;
import java.util.Optional;
import spindrift.base.RefusedException;
import spindrift.nix.ContentAddress;
import spindrift.nix.NarContentCheck;
import spindrift.nix.NarInfo;
import spindrift.nix.PublicKey;
import spindrift.nix.References;
import spindrift.nix.Signature;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePathCalculator;

/**
 * The first trust gate: what narinfos from elsewhere are used. One that a trusted key signed is
 * right as it stands, all but its deriver and its file, which no signature covers. One of a
 * content-addressed object needs no signature: its path says what its contents must be. Its NAR
 * hash, however, is anybody's claim until {@link #check} has seen the bytes.
 */
public record TrustedKeys(List<PublicKey> keys) {
  public TrustedKeys {
    keys = List.copyOf(keys);
  }

  /**
   * The narinfo with the signatures that are right by these keys and no others; empty where none
   * is, unless its contents will prove it, and where it is content-addressed by another path than
   * its own.
   */
  public Optional<NarInfo> accept(NarInfo info, StoreDir storeDir) {
    NarInfo accepted =
        info.withSignatureLines(
            info.signatures().stream()
                .filter(signature -> isRight(signature, info, storeDir))
                .map(Signature::render)
                .toList());
    if (!isAtItsAddress(info, storeDir)) {
      return Optional.empty();
    }
    return isSigned(accepted) || proof(accepted).isPresent()
        ? Optional.of(accepted)
        : Optional.empty();
  }

  /**
   * What the NAR of an accepted narinfo has to pass beside its hash, before its last byte is used;
   * empty for one that is signed.
   */
  public Optional<NarContentCheck> check(NarInfo accepted) {
    return isSigned(accepted) ? Optional.empty() : proof(accepted);
  }

  private static boolean isSigned(NarInfo accepted) {
    return !accepted.signatureLines().isEmpty();
  }

  private static Optional<NarContentCheck> proof(NarInfo info) {
    // An object that refers to itself is hashed in two ways, by the version of Nix, one of which
    // does not tell a reference from zeros: no proof.
    return info.references().contains(info.path())
        ? Optional.empty()
        : info.ca().flatMap(NarContentCheck::of);
  }

  private boolean isRight(Signature signature, NarInfo info, StoreDir storeDir) {
    return keys.stream().anyMatch(key -> key.verifies(info.fingerprint(storeDir), signature));
  }

  /** Whether the path is the one that the content address makes; so is one without an address. */
  private static boolean isAtItsAddress(NarInfo info, StoreDir storeDir) {
    if (info.ca().isEmpty()) {
      return true;
    }
    ContentAddress address = info.ca().get();
    try {
      return new StorePathCalculator(storeDir)
          .contentAddressed(
              info.path().name(), address, References.of(info.path(), info.references()))
          .equals(info.path());
    } catch (RefusedException e) {
      return false; // no such object can be
    }
  }
}
