package spindrift.base;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The digests that every JDK has. */
public final class Digests {
  private Digests() {}

  /** A fresh SHA-256 digest; for one thread. */
  public static MessageDigest sha256() {
    return new Sha256(() -> required("SHA-256"), LibcryptoSha256::find);
  }

  /** A fresh SHA-1 digest; for one thread. */
  public static MessageDigest sha1() {
    return required("SHA-1");
  }

  /** A fresh SHA-512 digest; for one thread. */
  public static MessageDigest sha512() {
    return required("SHA-512");
  }

  /** The 32-byte SHA-256 of some bytes. */
  public static Bytes sha256(Bytes content) {
    MessageDigest digest = sha256();
    digest.update(content.asByteBuffer());
    return Bytes.owning(digest.digest());
  }

  private static MessageDigest required(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no " + algorithm, e);
    }
  }
}
