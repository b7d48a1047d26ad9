package spindrift.nix;

import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.Excerpt;
import spindrift.base.MalformedDataException;

/** A digest together with its algorithm, in each of the spellings that Nix uses. */
public record NixHash(HashAlgorithm algorithm, Bytes digest) {
  private static final String FORMAT = "hash";

  /**
   * @throws IllegalArgumentException when the digest has not the size of the algorithm
   */
  public NixHash {
    if (digest.size() != algorithm.size()) {
      throw new IllegalArgumentException(
          algorithm.label() + " has " + algorithm.size() + " bytes, not " + digest.size());
    }
  }

  /** The SHA-256 with this digest of 32 bytes. */
  public static NixHash sha256(Bytes digest) {
    return new NixHash(HashAlgorithm.SHA256, digest);
  }

  /** The SHA-256 of some content. */
  public static NixHash sha256Of(Bytes content) {
    return sha256(Digests.sha256(content));
  }

  /** Reads {@code sha256:<nix32, hex or base64>} or the SRI form {@code sha256-<base64>}. */
  public static NixHash parse(String text) throws MalformedDataException {
    int colon = text.indexOf(':');
    if (colon >= 0) {
      return parse(HashAlgorithm.parse(text.substring(0, colon)), text.substring(colon + 1));
    }
    int dash = text.indexOf('-');
    if (dash < 0) {
      throw new MalformedDataException(FORMAT, 0, "no algorithm in " + Excerpt.of(text));
    }
    HashAlgorithm algorithm = HashAlgorithm.parse(text.substring(0, dash));
    String digest = text.substring(dash + 1);
    return new NixHash(algorithm, StrictBase64.decode(FORMAT, digest, algorithm.size()));
  }

  /** Reads a digest whose algorithm is known: nix32, hexadecimal or base64, told by the length. */
  public static NixHash parse(HashAlgorithm algorithm, String digest)
      throws MalformedDataException {
    int size = algorithm.size();
    if (digest.length() == Nix32.length(size)) {
      return new NixHash(algorithm, Nix32.decode(digest));
    }
    if (digest.length() == size * 2) {
      return new NixHash(algorithm, Bytes.parseHex(digest));
    }
    return new NixHash(algorithm, StrictBase64.decode(FORMAT, digest, size));
  }

  /** The digest alone in nix32. */
  public String nix32() {
    return Nix32.encode(digest);
  }

  /** The digest alone in lower-case hexadecimal. */
  public String hex() {
    return digest.hex();
  }

  /** {@code sha256:<nix32>}, the form in narinfos and fingerprints. */
  public String prefixedNix32() {
    return algorithm.label() + ":" + nix32();
  }

  /** {@code sha256:<hex>}, the form in Nix's database. */
  public String prefixedHex() {
    return algorithm.label() + ":" + hex();
  }

  /** {@code sha256-<base64>}, the form of W3C's Subresource Integrity. */
  public String sri() {
    return algorithm.label() + "-" + StrictBase64.encode(digest);
  }

  @Override
  public String toString() {
    return prefixedNix32();
  }
}
