package spindrift.store;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.nix.NixHash;

/** Hashes what is read of a stream. For one thread. */
final class HashedInput extends FilterInputStream {
  private final MessageDigest digest = Digests.sha256();

  HashedInput(InputStream in) {
    super(in);
  }

  /** The hash of all that was read; nothing may be read after it. */
  NixHash hash() {
    return NixHash.sha256(Bytes.owning(digest.digest()));
  }

  @Override
  public int read() throws IOException {
    int value = super.read();
    if (value >= 0) {
      digest.update((byte) value);
    }
    return value;
  }

  @Override
  public int read(byte[] target, int from, int size) throws IOException {
    int count = super.read(target, from, size);
    if (count > 0) {
      digest.update(target, from, count);
    }
    return count;
  }
}
