package spindrift.nix;

import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.spec.InvalidKeySpecException;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/**
 * A named Ed25519 secret key as in {@code secret-key-files}: {@code <name>:<base64 of seed and
 * public key>}. {@link #toString} does not show it. Safe for use by several threads.
 */
public final class SecretKey {
  private static final String FORMAT = "secret key";

  private final Bytes seed;
  private final PrivateKey key;
  private final PublicKey publicKey;

  private SecretKey(Bytes seed, PrivateKey key, PublicKey publicKey) {
    this.seed = seed;
    this.key = key;
    this.publicKey = publicKey;
  }

  /**
   * A new key from the system's randomness.
   *
   * @throws IllegalArgumentException when the name is empty, longer than 512 characters, or has a
   *     colon, a blank or a control character
   */
  public static SecretKey generate(String name) {
    if (!KeyName.isValid(name)) {
      throw new IllegalArgumentException("unusable key name");
    }
    byte[] seed = new byte[Ed25519.KEY_SIZE];
    new SecureRandom().nextBytes(seed);
    Bytes owned = Bytes.owning(seed);
    try {
      return ofSeed(name, owned, Ed25519.publicKeyOf(owned));
    } catch (MalformedDataException e) {
      throw new IllegalStateException("a new key is not usable", e);
    }
  }

  /** Reads the text form; the public half must belong to the seed. */
  public static SecretKey parse(String text) throws MalformedDataException {
    String name = KeyName.before(FORMAT, text);
    Bytes both = decode(text.substring(name.length() + 1));
    Bytes seed = both.slice(0, Ed25519.KEY_SIZE);
    Bytes publicHalf = both.slice(Ed25519.KEY_SIZE, both.size());
    // A key that signs for another public half would give its seed away.
    if (!Ed25519.publicKeyOf(seed).equals(publicHalf)) {
      throw new MalformedDataException(FORMAT, -1, "its two halves do not belong together");
    }
    return ofSeed(name, seed, publicHalf);
  }

  private static Bytes decode(String encoded) throws MalformedDataException {
    try {
      return StrictBase64.decode(FORMAT, encoded, 2 * Ed25519.KEY_SIZE);
    } catch (MalformedDataException e) {
      // Not the cause: its message quotes the text.
      throw new MalformedDataException(FORMAT, -1, "not base64 of 64 bytes");
    }
  }

  private static SecretKey ofSeed(String name, Bytes seed, Bytes publicHalf)
      throws MalformedDataException {
    try {
      return new SecretKey(seed, Ed25519.privateKey(seed), PublicKey.of(name, publicHalf));
    } catch (InvalidKeySpecException e) {
      throw new IllegalStateException("32 bytes are not a seed", e);
    }
  }

  public String name() {
    return publicKey.name();
  }

  public PublicKey publicKey() {
    return publicKey;
  }

  public Signature sign(Bytes message) {
    return new Signature(name(), Ed25519.sign(key, message));
  }

  /** The secret text form, for the key's file and nothing else. */
  public String renderSecret() {
    byte[] both = new byte[2 * Ed25519.KEY_SIZE];
    seed.copyTo(both, 0);
    publicKey.bytes().copyTo(both, Ed25519.KEY_SIZE);
    return name() + ":" + StrictBase64.encode(Bytes.owning(both));
  }

  @Override
  public String toString() {
    return name() + ":(secret)";
  }
}
