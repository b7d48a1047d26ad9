package spindrift.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.IntegrityException;
import spindrift.catalog.Progress;
import spindrift.nix.NixHash;

/**
 * The bytes of a NAR, hashed while they are read; good only when {@link #verify} has said so. For
 * one thread.
 */
final class VerifiedNar extends InputStream {
  private final InputStream in;
  private final NixHash expected;
  private final long size;
  private final String name;
  private final String shortName;
  private final Progress progress;
  private final MessageDigest digest = Digests.sha256();
  private long read;

  /**
   * @param in not closed here
   * @param name whose NAR it is, for messages
   */
  VerifiedNar(InputStream in, NixHash expected, long size, String name, Progress progress) {
    this.in = in;
    this.expected = expected;
    this.size = size;
    this.name = name;
    // Without store directory and hash part.
    this.shortName = name.replaceFirst("^.*/[^-/]*-", "");
    this.progress = progress;
  }

  /** Bytes in all. */
  long size() {
    return size;
  }

  /**
   * Returns when all was read and is what it should be.
   *
   * @throws IntegrityException when it is not
   */
  void verify() throws IntegrityException {
    NixHash actual = NixHash.sha256(Bytes.owning(digest.digest()));
    if (read != size || !actual.equals(expected)) {
      throw new IntegrityException(expected.toString(), actual.toString(), "the NAR of " + name);
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int from, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (read == size) {
      return -1;
    }
    int count = in.read(target, from, (int) Math.min(length, size - read));
    if (count < 0) {
      throw new EOFException("the node sent " + read + " of " + size + " bytes of " + name);
    }
    digest.update(target, from, count);
    read += count;
    progress.report(read, size, shortName);
    return count;
  }
}
