package spindrift.substitute;

import java.io.IOException;
import java.util.Optional;
import spindrift.base.ByteTarget;
import spindrift.base.IntegrityException;
import spindrift.catalog.HashingTarget;
import spindrift.nix.NarContentCheck;
import spindrift.nix.NarInfo;

/**
 * Lets a NAR pass, whole, and hands on a range of it; the range's last byte only when the NAR was
 * the right one. For one thread.
 */
final class NarProof implements ByteTarget {
  private static final String SOURCE = "peers";

  private final NarInfo info;
  private final HashingTarget hashing;
  private final Optional<NarContentCheck> contents;

  /**
   * @param contents a check beside that of the hash, for an object that nobody signed
   * @param from first byte of the range, inclusive
   * @param to last byte of the range, exclusive
   */
  NarProof(
      NarInfo info, Optional<NarContentCheck> contents, ByteTarget target, long from, long to) {
    this.info = info;
    this.contents = contents;
    this.hashing = new HashingTarget(target, from, to);
  }

  @Override
  public void write(byte[] buffer, int from, int length) throws IOException {
    contents.ifPresent(check -> check.write(buffer, from, length));
    hashing.write(buffer, from, length);
  }

  /** Fails when this was not the NAR that the narinfo names. */
  void requireHash() throws IntegrityException {
    hashing.require(info.narHash(), SOURCE);
  }

  /** Fails when the narinfo names another NAR than the path does. */
  void requireContents() throws IntegrityException {
    if (contents.isPresent()) {
      contents.get().finish(SOURCE);
    }
  }

  /** Whether {@link #requireContents} failed although nobody can be said to have lied. */
  boolean isAmbiguous() {
    return contents.isPresent() && contents.get().isAmbiguous();
  }

  /** Sends the last byte. */
  void release() throws IOException {
    hashing.release();
  }
}
