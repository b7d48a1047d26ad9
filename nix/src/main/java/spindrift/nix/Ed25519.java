package spindrift.nix;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import spindrift.base.Bytes;

/** Ed25519 over raw 32-byte keys: the JDK's, and for verifying that of the system, too. */
final class Ed25519 {
  /** Bytes of a public key and of the seed of a secret one. */
  static final int KEY_SIZE = 32;

  private static final String ALGORITHM = "Ed25519";

  /** DER in front of the 32 bytes of a public key (RFC 8410). */
  private static final Bytes X509_PREFIX =
      Bytes.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);

  /** DER in front of the 32 bytes of a seed (RFC 8410). */
  private static final Bytes PKCS8_PREFIX =
      Bytes.of(
          0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
          0x20);

  private Ed25519() {}

  static PublicKey publicKey(Bytes raw) throws InvalidKeySpecException {
    return factory().generatePublic(new X509EncodedKeySpec(join(X509_PREFIX, raw)));
  }

  static PrivateKey privateKey(Bytes seed) throws InvalidKeySpecException {
    return factory().generatePrivate(new PKCS8EncodedKeySpec(join(PKCS8_PREFIX, seed)));
  }

  /** The raw public key of a seed. */
  static Bytes publicKeyOf(Bytes seed) {
    // The JDK has no call for this; but a key pair made from "random" bytes that are the seed has
    // the seed's public key.
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
      generator.initialize(NamedParameterSpec.ED25519, new FixedRandom(seed));
      byte[] encoded = generator.generateKeyPair().getPublic().getEncoded();
      return Bytes.copyOf(encoded, X509_PREFIX.size(), KEY_SIZE);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Ed25519 keys cannot be made", e);
    }
  }

  static Bytes sign(PrivateKey key, Bytes message) {
    try {
      Signature signer = signature();
      signer.initSign(key);
      signer.update(message.asByteBuffer());
      return Bytes.owning(signer.sign());
    } catch (InvalidKeyException | SignatureException e) {
      throw new IllegalStateException("Ed25519 cannot sign", e);
    }
  }

  /** Whether one of both finds the signature right. */
  static boolean verify(Bytes raw, PublicKey key, Bytes message, Bytes signature) {
    return LibcryptoEd25519.find().filter(one -> one.verifies(raw, message, signature)).isPresent()
        || verifyInJava(key, message, signature);
  }

  static boolean verifyInJava(PublicKey key, Bytes message, Bytes signature) {
    try {
      Signature verifier = signature();
      verifier.initVerify(key);
      verifier.update(message.asByteBuffer());
      return verifier.verify(signature.toArray());
    } catch (InvalidKeyException | SignatureException e) {
      // Points that are not on the curve and numbers out of range come from outside.
      return false;
    }
  }

  private static byte[] join(Bytes prefix, Bytes raw) {
    byte[] joined = new byte[prefix.size() + raw.size()];
    prefix.copyTo(joined, 0);
    raw.copyTo(joined, prefix.size());
    return joined;
  }

  private static KeyFactory factory() {
    try {
      return KeyFactory.getInstance(ALGORITHM);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no Ed25519", e);
    }
  }

  private static Signature signature() {
    try {
      return Signature.getInstance(ALGORITHM);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no Ed25519", e);
    }
  }

  /** Hands out the seed instead of random bytes. */
  private static final class FixedRandom extends SecureRandom {
    private static final long serialVersionUID = 1;
    private final transient Bytes seed;

    FixedRandom(Bytes seed) {
      this.seed = seed;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      seed.copyTo(bytes, 0);
    }
  }
}
