package spindrift.base;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The digests that every JDK has. */
public final class Digests {
  private static final String SHA_256 = "SHA-256";

  private Digests() {}

  /** A fresh SHA-256 digest; for one thread. */
  public static MessageDigest sha256() {
    return new Sha256(() -> ofJdk(SHA_256), LibcryptoSha256::find);
  }

  /** A fresh SHA-1 digest; for one thread. */
  public static MessageDigest sha1() {
    return of("SHA-1");
  }

  /** A fresh SHA-512 digest; for one thread. */
  public static MessageDigest sha512() {
    return of("SHA-512");
  }

  /**
   * A fresh digest; for one thread.
   *
   * @param algorithm as the JDK calls it
   * @throws IllegalStateException where it has none of that name
   */
  public static MessageDigest of(String algorithm) {
    return algorithm.equals(SHA_256) ? sha256() : ofJdk(algorithm);
  }

  /** The 32-byte SHA-256 of some bytes. */
  public static Bytes sha256(Bytes content) {
    MessageDigest digest = sha256();
    digest.update(content.asByteBuffer());
    return Bytes.owning(digest.digest());
  }

  private static MessageDigest ofJdk(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no " + algorithm, e);
    }
  }
}
