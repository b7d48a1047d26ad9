package spindrift.nix;

import java.security.MessageDigest;
import java.util.Collection;
import java.util.Optional;
import spindrift.base.ByteTarget;
import spindrift.base.IntegrityException;

/**
 * Compares a NAR, which is written to it, with the content address of its object: the hash of the
 * NAR itself, of the one file in it, or of it as a git object. Constant memory, but for git's
 * directories: no more than 32 MiB. For one thread and one NAR.
 */
public final class NarContentCheck implements ByteTarget {
  private final ContentAddress address;
  private final NarDigest digest;
  private boolean ambiguous;

  private NarContentCheck(ContentAddress address, NarDigest digest) {
    this.address = address;
    this.digest = digest;
  }

  /**
   * A check of an object at a path that its content address makes; empty where it cannot be made
   * here: BLAKE3.
   *
   * @param references all of them, the path itself among them where the object refers to itself
   */
  public static Optional<NarContentCheck> of(
      StorePath path, ContentAddress address, Collection<StorePath> references) {
    return references.contains(path)
        ? Optional.of(
            new NarContentCheck(
                address, new SelfReferringNarDigest(path.hashPart(), address.hash())))
        : of(address);
  }

  /** As above, of an object without a reference to itself. */
  public static Optional<NarContentCheck> of(ContentAddress address) {
    HashAlgorithm algorithm = address.hash().algorithm();
    return algorithm
        .newDigest()
        .map(hash -> new NarContentCheck(address, digest(address.method(), algorithm, hash)));
  }

  private static NarDigest digest(
      ContentAddress.Method method, HashAlgorithm algorithm, MessageDigest hash) {
    return switch (method) {
      case NAR -> new NarDigest.Whole(algorithm, hash);
      case FLAT, TEXT -> new FileNarDigest(algorithm, hash);
      case GIT -> new GitNarDigest(algorithm, hash);
    };
  }

  @Override
  public void write(byte[] buffer, int from, int length) {
    digest.write(buffer, from, length);
  }

  /**
   * To be called when the whole NAR was written.
   *
   * @param source where it came from, for the message
   * @throws IntegrityException when it is not what the address says, or when that cannot be known
   */
  public void finish(String source) throws IntegrityException {
    switch (digest.finish()) {
      case NarDigest.Result.Proved(NixHash hash) -> {
        if (!hash.equals(address.hash())) {
          throw new IntegrityException(address.hash().toString(), hash.toString(), source);
        }
      }
      case NarDigest.Result.Unfit(String why) ->
          throw new IntegrityException(address.toString(), why, source);
      case NarDigest.Result.Ambiguous(NixHash hash) -> {
        ambiguous = true;
        throw new IntegrityException(
            "a proof or a signature",
            hash + " by the rule of Nix 2.17 to 2.34, which does not tell references from zeros",
            source);
      }
    }
  }

  /**
   * Whether {@link #finish} failed although nobody can be said to have lied: the hash is right, and
   * other contents have it, too.
   */
  public boolean isAmbiguous() {
    return ambiguous;
  }
}
