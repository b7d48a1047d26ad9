package spindrift.p2p;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.EnumSet;
import java.util.Set;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;
import spindrift.base.DurableFile;
import spindrift.base.MalformedDataException;

/** The Ed25519 key pair by which a node is known. Safe for use by several threads. */
public final class Identity {
  private static final String FORMAT = "private key";
  private static final String ALGORITHM = "Ed25519";
  private static final int KEY_BYTES = 32;

  /** Ours; the older of the two forms has 101 bytes. */
  private static final int MAX_FILE_BYTES = 4096;

  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.complementOf(
          EnumSet.of(
              PosixFilePermission.OWNER_READ,
              PosixFilePermission.OWNER_WRITE,
              PosixFilePermission.OWNER_EXECUTE));

  private final PrivateKey privateKey;
  private final PublicKey publicKey;
  private final PeerId peerId;

  private Identity(PrivateKey privateKey, PublicKey publicKey) {
    this.privateKey = privateKey;
    this.publicKey = publicKey;
    this.peerId = PeerId.of(publicKey);
  }

  /** A new one. */
  public static Identity generate() {
    try {
      KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
      // The key itself is the end of its DER form.
      Bytes pkix = Bytes.owning(pair.getPublic().getEncoded());
      Bytes key = pkix.slice(pkix.size() - KEY_BYTES, pkix.size());
      return new Identity(pair.getPrivate(), new PublicKey(PublicKey.Type.ED25519, key));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no " + ALGORITHM, e);
    }
  }

  /**
   * Reads the identity in a file, or makes one and writes it there, readable by its owner only. The
   * file has libp2p's protobuf form of a private key.
   *
   * @throws ConfigException when the file is no identity, or others may read it
   */
  public static Identity open(Path file) throws IOException, ConfigException {
    if (Files.notExists(file)) {
      Identity identity = generate();
      DurableFile.writeSecret(file, identity.toBytes());
      return identity;
    }
    Set<PosixFilePermission> granted = EnumSet.copyOf(OTHERS);
    granted.retainAll(Files.getPosixFilePermissions(file));
    if (!granted.isEmpty()) {
      throw new ConfigException(
          "identity "
              + file
              + " is open to others, who can pose as this node: chmod 600 it, or"
              + " delete it to get a new one");
    }
    if (Files.size(file) > MAX_FILE_BYTES) {
      throw unusable(file, "longer than " + MAX_FILE_BYTES + " bytes");
    }
    try {
      return read(Bytes.owning(Files.readAllBytes(file)));
    } catch (MalformedDataException e) {
      throw unusable(file, e.rule());
    }
  }

  private static ConfigException unusable(Path file, String why) {
    return new ConfigException(
        "identity "
            + file
            + " cannot be used ("
            + why
            + "): restore it, or delete it to get a new"
            + " one");
  }

  /** Reads the protobuf form of an Ed25519 private key. */
  static Identity read(Bytes bytes) throws MalformedDataException {
    KeyMessage key = KeyMessage.read(FORMAT, bytes);
    Bytes data = key.data();
    if (key.type() != PublicKey.Type.ED25519) {
      throw malformed("key of type " + key.type() + ", not Ed25519");
    }
    // Old peers wrote the public key twice.
    boolean twice =
        data.size() == 3 * KEY_BYTES
            && data.slice(KEY_BYTES, 2 * KEY_BYTES)
                .equals(data.slice(2 * KEY_BYTES, 3 * KEY_BYTES));
    if (data.size() != 2 * KEY_BYTES && !twice) {
      throw malformed("Ed25519 key of " + data.size() + " bytes");
    }
    Identity identity =
        new Identity(
            privateKey(data.slice(0, KEY_BYTES)),
            new PublicKey(PublicKey.Type.ED25519, data.slice(KEY_BYTES, 2 * KEY_BYTES)));
    if (!identity.publicKey.verifies(Bytes.EMPTY, identity.sign(Bytes.EMPTY))) {
      throw malformed("the public key is not that of the private key");
    }
    return identity;
  }

  private static MalformedDataException malformed(String rule) {
    return new MalformedDataException(FORMAT, -1, rule);
  }

  private static PrivateKey privateKey(Bytes seed) {
    try {
      return KeyFactory.getInstance(ALGORITHM)
          .generatePrivate(new EdECPrivateKeySpec(NamedParameterSpec.ED25519, seed.toArray()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no " + ALGORITHM, e);
    }
  }

  /** The protobuf form of the private key. */
  Bytes toBytes() {
    byte[] seed = ((EdECPrivateKey) privateKey).getBytes().orElseThrow();
    return new KeyMessage(PublicKey.Type.ED25519, Bytes.owning(seed).concat(publicKey.data()))
        .toBytes();
  }

  public PeerId peerId() {
    return peerId;
  }

  public PublicKey publicKey() {
    return publicKey;
  }

  /** A signature of 64 bytes. */
  public Bytes sign(Bytes message) {
    try {
      Signature signer = Signature.getInstance(ALGORITHM);
      signer.initSign(privateKey);
      signer.update(message.asByteBuffer());
      return Bytes.owning(signer.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a key of this JDK cannot sign", e);
    }
  }

  /** The peer id; the private key is never shown. */
  @Override
  public String toString() {
    return peerId.toString();
  }
}
