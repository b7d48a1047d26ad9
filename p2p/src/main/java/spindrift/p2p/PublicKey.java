package spindrift.p2p;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.ProviderException;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/**
 * A peer's public key.
 *
 * <p>Signatures of Ed25519, RSA and ECDSA keys are verified by the JDK. Secp256k1, which the JDK
 * does not have, is read and named only: peers with such a key cannot prove who they are here.
 *
 * @param data Ed25519: 32 bytes; RSA: DER of PKIX; ECDSA: DER of PKIX; Secp256k1: 33 bytes; at most
 *     {@value #MAX_DATA_BYTES} bytes
 * @see <a href="https://github.com/libp2p/specs/blob/7740c07/peer-ids/peer-ids.md#keys">Keys</a>
 */
public record PublicKey(Type type, Bytes data) {
  /** The kinds of keys. */
  public enum Type {
    RSA(0),
    ED25519(1),
    SECP256K1(2),
    ECDSA(3);

    private final int number;

    Type(int number) {
      this.number = number;
    }

    /** The number on the wire. */
    int number() {
      return number;
    }
  }

  /** Ours: an RSA key of {@value #MAX_RSA_BITS} bits takes 1062 bytes. */
  public static final int MAX_DATA_BYTES = 2048;

  /** Deployed peers make and take RSA keys of this size and more. */
  private static final int MIN_RSA_BITS = 2048;

  /** The same bound as in deployed peers: verifying takes time that grows with its cube. */
  private static final int MAX_RSA_BITS = 8192;

  private static final String FORMAT = "public key";
  private static final int ED25519_BYTES = 32;
  private static final int SECP256K1_BYTES = 33;

  /** What stands before an Ed25519 key in DER of PKIX. */
  private static final Bytes ED25519_PKIX =
      Bytes.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);

  public PublicKey {
    if (!isSize(type, data.size())) {
      throw new IllegalArgumentException(type + " key of " + data.size() + " bytes");
    }
  }

  private static boolean isSize(Type type, int size) {
    return switch (type) {
      case ED25519 -> size == ED25519_BYTES;
      case SECP256K1 -> size == SECP256K1_BYTES;
      case RSA, ECDSA -> size > 0 && size <= MAX_DATA_BYTES;
    };
  }

  /** Reads the protobuf form. */
  public static PublicKey read(Bytes bytes) throws MalformedDataException {
    KeyMessage key = KeyMessage.read(FORMAT, bytes);
    if (!isSize(key.type(), key.data().size())) {
      throw new MalformedDataException(
          FORMAT, -1, key.type() + " key of " + key.data().size() + " bytes");
    }
    return new PublicKey(key.type(), key.data());
  }

  /** The protobuf form, in the one encoding that peer ids are made of. */
  public Bytes toBytes() {
    return new KeyMessage(type, data).toBytes();
  }

  /**
   * Whether a signature over a message is this key's; false too for keys that cannot be used here.
   */
  public boolean verifies(Bytes message, Bytes signature) {
    try {
      return switch (type) {
        case ED25519 -> verifies("Ed25519", jdkKey("Ed25519", ed25519Pkix()), message, signature);
        case RSA -> {
          java.security.PublicKey key = jdkKey("RSA", data);
          yield isRsaSize(key) && verifies("SHA256withRSA", key, message, signature);
        }
        case ECDSA -> verifies("SHA256withECDSA", jdkKey("EC", data), message, signature);
        case SECP256K1 -> false;
      };
    } catch (GeneralSecurityException | ProviderException e) {
      // A key or a signature that the JDK cannot read proves nothing.
      return false;
    }
  }

  private Bytes ed25519Pkix() {
    return ED25519_PKIX.concat(data);
  }

  private static boolean isRsaSize(java.security.PublicKey key) {
    return key instanceof RSAPublicKey rsa
        && rsa.getModulus().bitLength() >= MIN_RSA_BITS
        && rsa.getModulus().bitLength() <= MAX_RSA_BITS;
  }

  private static java.security.PublicKey jdkKey(String algorithm, Bytes pkix)
      throws GeneralSecurityException {
    return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(pkix.toArray()));
  }

  private static boolean verifies(
      String algorithm, java.security.PublicKey key, Bytes message, Bytes signature)
      throws GeneralSecurityException {
    Signature verifier = Signature.getInstance(algorithm);
    verifier.initVerify(key);
    verifier.update(message.asByteBuffer());
    return verifier.verify(signature.toArray());
  }
}
