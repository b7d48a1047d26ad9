package spindrift.p2p;

import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import spindrift.base.Bytes;

/**
 * That of the JDK.
 *
 * <p>Arrays, not direct buffers: with those it copies into arrays of its own first.
 */
final class JavaAead implements Aead {
  private final Cipher cipher;
  private final SecretKeySpec key;

  JavaAead(Bytes key) {
    try {
      this.cipher = Cipher.getInstance("ChaCha20-Poly1305");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no ChaCha20-Poly1305", e);
    }
    this.key = new SecretKeySpec(key.toArray(), "ChaCha20");
  }

  @Override
  public int seal(
      byte[] nonce, Bytes associated, byte[] text, int from, int length, byte[] out, int at) {
    try {
      start(Cipher.ENCRYPT_MODE, nonce, associated);
      return cipher.doFinal(text, from, length, out, at);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot encrypt " + length + " bytes", e);
    }
  }

  @Override
  public int open(
      byte[] nonce, Bytes associated, byte[] text, int from, int length, byte[] out, int at) {
    try {
      start(Cipher.DECRYPT_MODE, nonce, associated);
      return cipher.doFinal(text, from, length, out, at);
    } catch (AEADBadTagException e) {
      return -1;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot decrypt " + length + " bytes", e);
    }
  }

  private void start(int mode, byte[] nonce, Bytes associated) throws GeneralSecurityException {
    cipher.init(mode, key, new IvParameterSpec(nonce));
    if (!associated.isEmpty()) {
      cipher.updateAAD(associated.asByteBuffer());
    }
  }
}
