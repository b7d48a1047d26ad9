package spindrift.catalog;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.IntegrityException;
import spindrift.nix.NixHash;

/** Hashes a NAR while it passes, and lets go of its last byte only when the hash is right. */
final class HashingTarget implements ByteTarget {
  private final HeldBackTarget target;
  private final MessageDigest digest = Digests.sha256();

  HashingTarget(ByteTarget target, long size) {
    this.target = new HeldBackTarget(target, size);
  }

  @Override
  public void write(byte[] buffer, int from, int length) throws IOException {
    digest.update(buffer, from, length);
    target.write(buffer, from, length);
  }

  @Override
  public void transfer(FileChannel file, long position, long length) throws IOException {
    // Through memory, and not from file to socket: it has to be seen to be hashed.
    ByteTarget.super.transfer(file, position, length);
  }

  /**
   * Sends the last byte.
   *
   * @throws IntegrityException when what passed was another NAR
   */
  void finish(NixHash expected, String source) throws IOException, IntegrityException {
    NixHash actual = NixHash.sha256(Bytes.owning(digest.digest()));
    if (!actual.equals(expected)) {
      throw new IntegrityException(expected.toString(), actual.toString(), source);
    }
    target.finish();
  }
}
