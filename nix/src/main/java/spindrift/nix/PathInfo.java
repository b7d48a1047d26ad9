package spindrift.nix;

import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;

/**
 * What Nix knows of a valid store object besides its files.
 *
 * @param narHash the SHA-256 of the NAR
 * @param narSize bytes of the NAR, more than 0
 * @param references sorted, each once; includes the path itself where it refers to itself
 * @param registrationTime seconds since 1970, 0 where not known
 */
public record PathInfo(
    StorePath path,
    NixHash narHash,
    long narSize,
    List<StorePath> references,
    Optional<StorePath> deriver,
    List<Signature> signatures,
    Optional<ContentAddress> ca,
    Origin origin,
    long registrationTime) {

  /** Where the object came from; Nix calls the first one "ultimate". */
  public enum Origin {
    /** Built on this machine, and so trusted without a signature. */
    BUILT_HERE,
    /** Substituted, copied or added. */
    ELSEWHERE
  }

  /**
   * Sorts the references and drops duplicates.
   *
   * @throws IllegalArgumentException when the hash is not SHA-256 or a number is out of range
   */
  public PathInfo {
    NarInfo.requireNar(narHash, narSize);
    if (registrationTime < 0) {
      throw new IllegalArgumentException("registered before 1970: " + registrationTime);
    }
    references = references.stream().sorted().distinct().toList();
    signatures = List.copyOf(signatures);
  }

  /** An object of unknown origin with nothing but its NAR and its references. */
  public static PathInfo of(
      StorePath path, NixHash narHash, long narSize, List<StorePath> references) {
    return new PathInfo(
        path,
        narHash,
        narSize,
        references,
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Origin.ELSEWHERE,
        0);
  }

  /** What a signature of this object signs. */
  public Bytes fingerprint(StoreDir store) {
    return Fingerprint.of(store, path, narHash, narSize, references);
  }

  /** The same with these signatures instead. */
  public PathInfo withSignatures(List<Signature> changed) {
    return new PathInfo(
        path, narHash, narSize, references, deriver, changed, ca, origin, registrationTime);
  }
}
