package spindrift.nix;

import java.security.MessageDigest;
import spindrift.base.Bytes;

/** The hash of what one method of content addressing makes of a NAR. For one thread, one NAR. */
interface NarDigest {
  void write(byte[] buffer, int from, int length);

  /** To be called once, when the whole NAR was written. */
  Result finish();

  /** What came of it. */
  sealed interface Result {
    /** No other NAR but this one has the hash. */
    record Proved(NixHash hash) implements Result {}

    /** Other NARs, which are easily made of this one, have the same hash. */
    record Ambiguous(NixHash hash) implements Result {}

    /** What was written has no such hash. */
    record Unfit(String why) implements Result {}
  }

  /** The NAR itself. */
  record Whole(HashAlgorithm algorithm, MessageDigest digest) implements NarDigest {
    @Override
    public void write(byte[] buffer, int from, int length) {
      digest.update(buffer, from, length);
    }

    @Override
    public Result finish() {
      return new Result.Proved(new NixHash(algorithm, Bytes.owning(digest.digest())));
    }
  }
}
