package spindrift.catalog;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import spindrift.base.ByteTarget;
import spindrift.base.ByteWindow;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.nix.HashAlgorithm;
import spindrift.nix.NixHash;

/**
 * Hashes a NAR or a file while it passes, hands on a range of it, and lets go of the range's last
 * byte only when the hash has come out right. For one thread.
 */
public final class HashingTarget implements ByteTarget {
  private final HeldBackTarget target;
  private final ByteWindow window;
  private final HashAlgorithm algorithm;
  private final MessageDigest digest;

  /**
   * Hands on the bytes of a NAR from {@code from} (inclusive) to {@code to} (exclusive), by
   * SHA-256.
   */
  public HashingTarget(ByteTarget target, long from, long to) {
    this(target, from, to, HashAlgorithm.SHA256);
  }

  /**
   * As the other one, by any algorithm that can be computed here.
   *
   * @throws IllegalArgumentException when this one cannot
   */
  public HashingTarget(ByteTarget target, long from, long to, HashAlgorithm algorithm) {
    this.algorithm = algorithm;
    this.digest =
        algorithm
            .newDigest()
            .orElseThrow(() -> new IllegalArgumentException("cannot compute " + algorithm));
    this.target = new HeldBackTarget(target, to - from);
    this.window = new ByteWindow(this.target, from, to);
  }

  @Override
  public void write(byte[] buffer, int from, int length) throws IOException {
    digest.update(buffer, from, length);
    window.write(buffer, from, length);
  }

  @Override
  public void transfer(FileChannel file, long position, long length) throws IOException {
    // Through memory, and not from file to socket: it has to be seen to be hashed.
    ByteTarget.super.transfer(file, position, length);
  }

  /**
   * Compares what passed, which must be all, with the hash that it should have.
   *
   * @throws IntegrityException when it was another one
   */
  public void require(NixHash expected, String source) throws IntegrityException {
    NixHash actual = new NixHash(algorithm, Bytes.owning(digest.digest()));
    if (!actual.equals(expected)) {
      throw new IntegrityException(expected.toString(), actual.toString(), source);
    }
  }

  /** Sends the last byte. */
  public void release() throws IOException {
    target.finish();
  }

  /** Sends the last byte, if the hash is right. */
  void finish(NixHash expected, String source) throws IOException, IntegrityException {
    require(expected, source);
    release();
  }
}
