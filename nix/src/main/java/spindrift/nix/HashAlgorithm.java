package spindrift.nix;

import java.security.MessageDigest;
import java.util.Optional;
import spindrift.base.Digests;
import spindrift.base.Excerpt;
import spindrift.base.MalformedDataException;

/** The hash algorithms that Nix names; all but BLAKE3 can be computed here. */
public enum HashAlgorithm {
  MD5("md5", 16, "MD5"),
  SHA1("sha1", 20, "SHA-1"),
  SHA256("sha256", 32, "SHA-256"),
  SHA512("sha512", 64, "SHA-512"),
  BLAKE3("blake3", 32, "");

  private final String label;
  private final int size;
  private final String digestName;

  HashAlgorithm(String label, int size, String digestName) {
    this.label = label;
    this.size = size;
    this.digestName = digestName;
  }

  /**
   * The algorithm of a name such as {@code sha256}.
   *
   * @throws MalformedDataException when Nix knows no such algorithm
   */
  public static HashAlgorithm parse(String label) throws MalformedDataException {
    for (HashAlgorithm algorithm : values()) {
      if (algorithm.label.equals(label)) {
        return algorithm;
      }
    }
    throw new MalformedDataException("hash", 0, "unknown algorithm " + Excerpt.of(label));
  }

  /** The name that Nix writes. */
  public String label() {
    return label;
  }

  /** Bytes of a digest. */
  public int size() {
    return size;
  }

  /** A fresh digest for one thread, or empty where the JDK has none (BLAKE3). */
  public Optional<MessageDigest> newDigest() {
    return digestName.isEmpty() ? Optional.empty() : Optional.of(Digests.of(digestName));
  }
}
