package spindrift.nix;

import java.security.MessageDigest;
import spindrift.base.Bytes;

/** The hash of the contents of one file that is not executable: methods flat and text. */
final class FileNarDigest implements NarDigest, NarParser.Events {
  private final HashAlgorithm algorithm;
  private final MessageDigest digest;
  private final NarParser parser = new NarParser(this);
  private boolean isOther;

  FileNarDigest(HashAlgorithm algorithm, MessageDigest digest) {
    this.algorithm = algorithm;
    this.digest = digest;
  }

  @Override
  public void write(byte[] buffer, int from, int length) {
    parser.write(buffer, from, length);
  }

  @Override
  public Result finish() {
    return isOther || !parser.isWhole()
        ? new Result.Unfit("not the NAR of one plain file")
        : new Result.Proved(new NixHash(algorithm, Bytes.owning(digest.digest())));
  }

  @Override
  public void startFile(FileMode mode, long size) {
    isOther |= mode != FileMode.REGULAR;
  }

  @Override
  public void contents(byte[] buffer, int from, int length) {
    digest.update(buffer, from, length);
  }

  @Override
  public void startDirectory() {
    isOther = true;
  }

  @Override
  public void symlink(Bytes target) {
    isOther = true;
  }
}
