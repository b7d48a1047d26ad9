package spindrift.p2p;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.ProtocolViolationException;

/**
 * All that was said in a handshake, as a hash, and the key that follows from it: Noise's symmetric
 * state. For one thread.
 *
 * @see <a href="https://noiseprotocol.org/noise.html#the-symmetricstate-object">SymmetricState</a>
 */
final class NoiseTranscript {
  /** Exactly as long as a hash, so it is the first hash itself. */
  private static final byte[] NAME =
      "Noise_XX_25519_ChaChaPoly_SHA256".getBytes(StandardCharsets.US_ASCII);

  private byte[] chainingKey = NAME.clone();
  private Bytes hash = Bytes.copyOf(NAME);
  private NoiseCipher cipher = new NoiseCipher(Bytes.owning(new byte[NoiseCipher.KEY_BYTES]));
  private boolean keyed;

  NoiseTranscript(Bytes prologue) {
    mixHash(prologue);
  }

  void mixHash(Bytes data) {
    MessageDigest digest = Digests.sha256();
    digest.update(hash.asByteBuffer());
    digest.update(data.asByteBuffer());
    hash = Bytes.owning(digest.digest());
  }

  void mixKey(byte[] secret) {
    byte[] keys = derive(secret);
    chainingKey = Arrays.copyOf(keys, NoiseCipher.KEY_BYTES);
    cipher = new NoiseCipher(second(keys));
    keyed = true;
  }

  /** Encrypts, once there is a key, and takes the result into the transcript. */
  Bytes seal(Bytes text) throws IOException {
    Bytes sealed = text;
    if (keyed) {
      byte[] out = new byte[text.size() + NoiseCipher.TAG_BYTES];
      cipher.seal(hash, text.toArray(), 0, text.size(), out, 0);
      sealed = Bytes.owning(out);
    }
    mixHash(sealed);
    return sealed;
  }

  /** Decrypts, once there is a key, and takes what came into the transcript. */
  Bytes open(Bytes sealed) throws IOException, ProtocolViolationException {
    Bytes text = sealed;
    if (keyed) {
      if (sealed.size() < NoiseCipher.TAG_BYTES) {
        throw new ProtocolViolationException(NoiseChannel.PROTOCOL, "a message without a tag");
      }
      byte[] out = new byte[sealed.size() - NoiseCipher.TAG_BYTES];
      cipher.open(hash, sealed.toArray(), 0, sealed.size(), out, 0);
      text = Bytes.owning(out);
    }
    mixHash(sealed);
    return text;
  }

  /**
   * The keys of what follows.
   *
   * @param fromInitiator of what the initiator sends
   */
  record Keys(Bytes fromInitiator, Bytes fromResponder) {
    @Override
    public String toString() {
      return "Keys";
    }
  }

  Keys split() {
    byte[] keys = derive(new byte[0]);
    return new Keys(Bytes.copyOf(keys, 0, NoiseCipher.KEY_BYTES), second(keys));
  }

  private static Bytes second(byte[] keys) {
    return Bytes.copyOf(keys, NoiseCipher.KEY_BYTES, NoiseCipher.KEY_BYTES);
  }

  /** Two keys. */
  private byte[] derive(byte[] secret) {
    try {
      return KDF.getInstance("HKDF-SHA256")
          .deriveData(
              HKDFParameterSpec.ofExtract()
                  .addSalt(chainingKey)
                  .addIKM(secret)
                  .thenExpand(new byte[0], 2 * NoiseCipher.KEY_BYTES));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no HKDF", e);
    }
  }
}
