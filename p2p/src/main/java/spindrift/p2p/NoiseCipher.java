package spindrift.p2p;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import spindrift.base.Bytes;
import spindrift.base.ProtocolViolationException;

/**
 * ChaCha20-Poly1305 under one key, with nonces that count: Noise's cipher state. For one thread.
 *
 * <p>Arrays, not direct buffers: with those the JDK's cipher copies into arrays of its own first.
 *
 * @see <a href="https://noiseprotocol.org/noise.html#the-cipherstate-object">CipherState</a>
 */
final class NoiseCipher {
  /** What encryption adds to a text. */
  static final int TAG_BYTES = 16;

  static final int KEY_BYTES = 32;

  /** Noise keeps the largest nonce for itself. */
  private static final long RESERVED_NONCE = -1L;

  private static final int NONCE_BYTES = 12;
  private static final int COUNTER_OFFSET = 4;
  private static final VarHandle COUNTER =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final Cipher cipher;
  private final SecretKeySpec key;
  private final byte[] nonce = new byte[NONCE_BYTES];
  private long counter;

  /** A cipher whose first nonce is 0. */
  NoiseCipher(Bytes key) {
    this(key, 0);
  }

  /** A cipher whose first nonce is {@code counter}, an unsigned number. */
  NoiseCipher(Bytes key, long counter) {
    try {
      this.cipher = Cipher.getInstance("ChaCha20-Poly1305");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no ChaCha20-Poly1305", e);
    }
    this.key = new SecretKeySpec(key.toArray(), "ChaCha20");
    this.counter = counter;
  }

  /**
   * Encrypts; the two ranges may begin at the same byte of the same array, and must not overlap
   * otherwise.
   *
   * @return how many bytes were written: {@code length + TAG_BYTES}
   */
  int seal(Bytes associated, byte[] text, int from, int length, byte[] out, int at)
      throws IOException {
    try {
      start(Cipher.ENCRYPT_MODE, associated);
      return cipher.doFinal(text, from, length, out, at);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot encrypt " + length + " bytes", e);
    }
  }

  /**
   * Decrypts; writes nothing where the text is not what the other side has encrypted. The ranges
   * may overlap as in {@link #seal}.
   *
   * @param length with the tag; at least {@link #TAG_BYTES}
   * @return how many bytes were written: {@code length - TAG_BYTES}
   */
  int open(Bytes associated, byte[] text, int from, int length, byte[] out, int at)
      throws IOException, ProtocolViolationException {
    try {
      start(Cipher.DECRYPT_MODE, associated);
      return cipher.doFinal(text, from, length, out, at);
    } catch (AEADBadTagException e) {
      throw new ProtocolViolationException(NoiseChannel.PROTOCOL, "a message that was not sealed");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot decrypt " + length + " bytes", e);
    }
  }

  private void start(int mode, Bytes associated) throws GeneralSecurityException, IOException {
    if (counter == RESERVED_NONCE) {
      throw new IOException("all nonces of this connection are used up");
    }
    COUNTER.set(nonce, COUNTER_OFFSET, counter);
    counter++;
    cipher.init(mode, key, new IvParameterSpec(nonce));
    if (!associated.isEmpty()) {
      cipher.updateAAD(associated.asByteBuffer());
    }
  }
}
