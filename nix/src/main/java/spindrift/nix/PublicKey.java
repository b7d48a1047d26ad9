package spindrift.nix;

import java.security.spec.InvalidKeySpecException;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/**
 * A named Ed25519 public key as in {@code trusted-public-keys}: {@code <name>:<base64 of 32
 * bytes>}. Safe for use by several threads.
 */
public final class PublicKey {
  private static final String FORMAT = "public key";

  private final String name;
  private final Bytes bytes;
  private final java.security.PublicKey key;

  private PublicKey(String name, Bytes bytes, java.security.PublicKey key) {
    this.name = name;
    this.bytes = bytes;
    this.key = key;
  }

  /** Reads {@code <name>:<base64 of 32 bytes>}. */
  public static PublicKey parse(String text) throws MalformedDataException {
    String name = KeyName.before(FORMAT, text);
    return of(
        name, StrictBase64.decode(FORMAT, text.substring(name.length() + 1), Ed25519.KEY_SIZE));
  }

  static PublicKey of(String name, Bytes bytes) throws MalformedDataException {
    try {
      return new PublicKey(name, bytes, Ed25519.publicKey(bytes));
    } catch (InvalidKeySpecException e) {
      throw new MalformedDataException(FORMAT, -1, "not a point of Ed25519");
    }
  }

  public String name() {
    return name;
  }

  /** The 32 raw bytes. */
  public Bytes bytes() {
    return bytes;
  }

  /** Does now what the first signature would have to wait for: finding the system's library. */
  public static void prepare() {
    var _ = LibcryptoEd25519.find();
  }

  /** Whether the signature carries this key's name and is this key's over the message. */
  public boolean verifies(Bytes message, Signature signature) {
    return signature.keyName().equals(name)
        && Ed25519.verify(bytes, key, message, signature.bytes());
  }

  public String render() {
    return name + ":" + StrictBase64.encode(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PublicKey that && name.equals(that.name) && bytes.equals(that.bytes);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + bytes.hashCode();
  }

  @Override
  public String toString() {
    return render();
  }
}
