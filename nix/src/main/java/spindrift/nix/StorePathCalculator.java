package spindrift.nix;

import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.RefusedException;

/**
 * Computes store paths from what they name, for one store directory.
 *
 * <p>The hash part of a path is {@code nix32(fold(sha256("<type>:sha256:<hex>:<store>:<name>")))},
 * where {@code fold} XORs 32 bytes into 20.
 *
 * @see <a href="https://nix.dev/manual/nix/2.34/protocols/store-path">Store path specification</a>
 */
public final class StorePathCalculator {
  private static final int FOLDED_SIZE = 20;

  private final StoreDir store;

  public StorePathCalculator(StoreDir store) {
    this.store = store;
  }

  /**
   * The path of a content-addressed object. For an object that refers to itself the hash is one of
   * {@link SelfReferenceHash}.
   *
   * @throws RefusedException when the method allows no such references, or the name is not one
   */
  public StorePath contentAddressed(String name, ContentAddress ca, References references)
      throws RefusedException {
    NixHash hash = ca.hash();
    return switch (ca.method()) {
      case TEXT -> {
        if (references.hasSelf()) {
          throw new RefusedException("a text object cannot refer to itself: " + name);
        }
        yield make("text" + suffix(references), hash.hex(), name);
      }
      case NAR -> {
        if (hash.algorithm() == HashAlgorithm.SHA256) {
          yield make("source" + suffix(references), hash.hex(), name);
        }
        yield fixed(name, ca, references);
      }
      case FLAT, GIT -> fixed(name, ca, references);
    };
  }

  /** The path of a text object, such as a derivation, with this content. */
  public StorePath text(String name, Bytes content, References references) throws RefusedException {
    ContentAddress ca = new ContentAddress(ContentAddress.Method.TEXT, NixHash.sha256Of(content));
    return contentAddressed(name, ca, references);
  }

  /**
   * The path of an output of an input-addressed derivation.
   *
   * @param outputName {@code out} and the like
   * @param derivationHash the SHA-256 of the derivation with its own outputs masked
   * @param derivationName the derivation's name, without {@code .drv}
   */
  public StorePath inputAddressed(String outputName, NixHash derivationHash, String derivationName)
      throws RefusedException {
    return make(
        "output:" + outputName, derivationHash.hex(), outputPathName(derivationName, outputName));
  }

  /** The name part of an output's path: the derivation's name, {@code -<output>} unless out. */
  public static String outputPathName(String derivationName, String outputName) {
    return outputName.equals("out") ? derivationName : derivationName + "-" + outputName;
  }

  private StorePath fixed(String name, ContentAddress ca, References references)
      throws RefusedException {
    if (!references.isEmpty()) {
      throw new RefusedException("an object of this kind cannot have references: " + name);
    }
    return fixedOutput(name, fixedOutputHash(ca));
  }

  /**
   * The path of a fixed output, for those who try one content under many names.
   *
   * @param hash of {@link #fixedOutputHash}
   */
  public StorePath fixedOutput(String name, NixHash hash) throws RefusedException {
    return make("output:out", hash.hex(), name);
  }

  /** What the path of a fixed output depends on beside its name; not for SHA-256 of a NAR. */
  public static NixHash fixedOutputHash(ContentAddress ca) {
    String inner =
        "fixed:out:"
            + ca.method().outputPrefix()
            + ca.hash().algorithm().label()
            + ":"
            + ca.hash().hex()
            + ":";
    return NixHash.sha256Of(Bytes.utf8(inner));
  }

  private String suffix(References references) {
    StringBuilder suffix = new StringBuilder();
    references.others().forEach(path -> suffix.append(':').append(path.in(store)));
    return suffix.append(references.hasSelf() ? ":self" : "").toString();
  }

  private StorePath make(String type, String innerHex, String name) throws RefusedException {
    if (!StorePath.isName(name)) {
      throw new RefusedException("not the name of a store path: " + name);
    }
    String fingerprint = type + ":sha256:" + innerHex + ":" + store.path() + ":" + name;
    Bytes hash = Digests.sha256(Bytes.utf8(fingerprint));
    byte[] folded = new byte[FOLDED_SIZE];
    for (int i = 0; i < hash.size(); i++) {
      folded[i % FOLDED_SIZE] ^= hash.at(i);
    }
    return new StorePath(Nix32.encode(Bytes.owning(folded)), name);
  }
}
