package spindrift.p2p;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.security.spec.XECPrivateKeySpec;
import javax.crypto.KeyAgreement;
import spindrift.base.Bytes;
import spindrift.base.ProtocolViolationException;

/**
 * A key pair of the function X25519.
 *
 * @param publicKey 32 bytes, as they are sent
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7748">RFC 7748</a>
 */
record X25519(PrivateKey privateKey, Bytes publicKey) {
  static final int KEY_BYTES = 32;

  private static final String ALGORITHM = "X25519";

  /** What stands before a public key in DER of PKIX. */
  private static final Bytes PKIX =
      Bytes.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00);

  /** The public keys are multiples of this point. */
  private static final Bytes BASE_POINT = Bytes.of(9).concat(Bytes.owning(new byte[31]));

  static X25519 generate() {
    try {
      KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
      Bytes pkix = Bytes.owning(pair.getPublic().getEncoded());
      return new X25519(pair.getPrivate(), pkix.slice(PKIX.size(), pkix.size()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no " + ALGORITHM, e);
    }
  }

  /** The pair with a known private key of 32 bytes. */
  static X25519 of(Bytes scalar) {
    try {
      PrivateKey key =
          KeyFactory.getInstance(ALGORITHM)
              .generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, scalar.toArray()));
      Bytes publicKey = Bytes.owning(new X25519(key, Bytes.EMPTY).agreeUnchecked(BASE_POINT));
      return new X25519(key, publicKey);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no " + ALGORITHM, e);
    }
  }

  /**
   * The secret that this pair shares with another.
   *
   * @throws ProtocolViolationException when the other key is one with which every pair shares zero
   */
  byte[] agree(Bytes otherKey) throws ProtocolViolationException {
    try {
      return agreeUnchecked(otherKey);
    } catch (InvalidKeyException e) {
      throw new ProtocolViolationException(ALGORITHM, "a key that gives no secret");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no " + ALGORITHM, e);
    }
  }

  /** The JDK refuses a shared secret of zero as an invalid key. */
  private byte[] agreeUnchecked(Bytes otherKey) throws GeneralSecurityException {
    KeyAgreement agreement = KeyAgreement.getInstance(ALGORITHM);
    agreement.init(privateKey);
    agreement.doPhase(
        KeyFactory.getInstance(ALGORITHM)
            .generatePublic(new X509EncodedKeySpec(PKIX.concat(otherKey).toArray())),
        true);
    return agreement.generateSecret();
  }

  /** The public key; the private one is never shown. */
  @Override
  public String toString() {
    return publicKey.toString();
  }
}
