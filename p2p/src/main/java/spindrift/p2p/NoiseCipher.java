package spindrift.p2p;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import spindrift.base.Bytes;
import spindrift.base.ProtocolViolationException;

/**
 * ChaCha20-Poly1305 under one key, with nonces that count: Noise's cipher state. For one thread.
 *
 * @see <a href="https://noiseprotocol.org/noise.html#the-cipherstate-object">CipherState</a>
 */
final class NoiseCipher {
  /** What encryption adds to a text. */
  static final int TAG_BYTES = Aead.TAG_BYTES;

  static final int KEY_BYTES = Aead.KEY_BYTES;

  /** Noise keeps the largest nonce for itself. */
  private static final long RESERVED_NONCE = -1L;

  private static final int COUNTER_OFFSET = 4;
  private static final VarHandle COUNTER =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final Aead aead;
  private final byte[] nonce = new byte[Aead.NONCE_BYTES];
  private long counter;

  /** A cipher whose first nonce is 0. */
  NoiseCipher(Bytes key) {
    this(key, 0);
  }

  /** A cipher whose first nonce is {@code counter}, an unsigned number. */
  NoiseCipher(Bytes key, long counter) {
    this.aead = Aead.under(key);
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
    count();
    return aead.seal(nonce, associated, text, from, length, out, at);
  }

  /**
   * Decrypts. The ranges may overlap as in {@link #seal}.
   *
   * @param length with the tag; at least {@link #TAG_BYTES}
   * @return how many bytes were written: {@code length - TAG_BYTES}
   * @throws ProtocolViolationException where the text is not what the other side has encrypted;
   *     nothing decrypted is left in {@code out}
   */
  int open(Bytes associated, byte[] text, int from, int length, byte[] out, int at)
      throws IOException, ProtocolViolationException {
    count();
    int size = aead.open(nonce, associated, text, from, length, out, at);
    if (size < 0) {
      throw new ProtocolViolationException(NoiseChannel.PROTOCOL, "a message that was not sealed");
    }
    return size;
  }

  private void count() throws IOException {
    if (counter == RESERVED_NONCE) {
      throw new IOException("all nonces of this connection are used up");
    }
    COUNTER.set(nonce, COUNTER_OFFSET, counter);
    counter++;
  }
}
