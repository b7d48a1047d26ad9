package spindrift.p2p;

import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/**
 * A peer's public key.
 *
 * @param data Ed25519: 32 bytes; RSA: DER of PKIX; ECDSA: DER of PKIX; Secp256k1: 33 bytes
 */
public record PublicKey(Type type, Bytes data) {
  /** Key types in the order of their numbers on the wire. */
  public enum Type {
    RSA,
    ED25519,
    SECP256K1,
    ECDSA
  }

  /** Reads the protobuf form. */
  public static PublicKey read(Bytes bytes) throws MalformedDataException {
    throw new UnsupportedOperationException("TODO");
  }

  /** The protobuf form, in the one encoding that peer ids are made of. */
  public Bytes toBytes() {
    throw new UnsupportedOperationException("TODO");
  }

  /**
   * Whether a signature over a message is this key's; false too for keys that cannot be used here.
   */
  public boolean verifies(Bytes message, Bytes signature) {
    throw new UnsupportedOperationException("TODO");
  }
}
