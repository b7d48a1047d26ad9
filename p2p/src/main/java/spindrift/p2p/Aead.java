package spindrift.p2p;

import spindrift.base.Bytes;

/**
 * ChaCha20-Poly1305 under one key. For one thread at a time.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8439#section-2.8">RFC 8439, 2.8</a>
 */
interface Aead {
  int KEY_BYTES = 32;
  int NONCE_BYTES = 12;

  /** What encryption adds to a text. */
  int TAG_BYTES = 16;

  /**
   * Encrypts; the two ranges may begin at the same byte of the same array, and must not overlap
   * otherwise.
   *
   * @param nonce of {@link #NONCE_BYTES}, never the same twice
   * @return how many bytes were written: {@code length + TAG_BYTES}
   */
  int seal(byte[] nonce, Bytes associated, byte[] text, int from, int length, byte[] out, int at);

  /**
   * Decrypts. The ranges may overlap as in {@link #seal}.
   *
   * @param length with the tag; at least {@link #TAG_BYTES}
   * @return how many bytes were written: {@code length - TAG_BYTES}; -1 where the text is not what
   *     was sealed, and nothing decrypted is left in {@code out}
   */
  int open(byte[] nonce, Bytes associated, byte[] text, int from, int length, byte[] out, int at);

  /** The quickest of this machine. */
  static Aead under(Bytes key) {
    return LibcryptoAead.find()
        .<Aead>map(library -> library.under(key))
        .orElseGet(() -> new JavaAead(key));
  }
}
