package spindrift.server;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.catalog.Uploads;
import spindrift.nix.NixHash;

/** Hashes and counts a file while it is received. For one thread. */
final class HashingInputStream extends FilterInputStream implements Uploads.ReceivedFile {
  private final MessageDigest digest = Digests.sha256();
  private long size;

  HashingInputStream(InputStream in) {
    super(in);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int from, int length) throws IOException {
    int count = in.read(buffer, from, length);
    if (count > 0) {
      digest.update(buffer, from, count);
      size += count;
    }
    return count;
  }

  @Override
  public long skip(long count) throws IOException {
    return readNBytes((int) Math.min(count, 1 << 16)).length;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  /** Of everything up to the end, which is read to first. */
  @Override
  public NixHash hash() throws IOException {
    transferTo(OutputStream.nullOutputStream());
    return NixHash.sha256(Bytes.owning(digest.digest()));
  }

  @Override
  public long size() {
    return size;
  }
}
