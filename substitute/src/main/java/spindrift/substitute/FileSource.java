package spindrift.substitute;

import java.io.IOException;
import java.util.Optional;
import spindrift.base.ByteSource;
import spindrift.base.FaultException;
import spindrift.nix.NixHash;

/** Where files come from by the hash of their contents. Safe for use by several threads. */
interface FileSource {
  /** What it is called in logs. */
  String name();

  /** The file with a hash; its bytes are not verified. */
  Optional<Offer> find(NixHash hash) throws IOException, FaultException;

  /**
   * A file that a source has, or so it says.
   *
   * @param refuted is told when its bytes were others
   */
  record Offer(ByteSource file, Runnable refuted) {
    Offer(ByteSource file) {
      this(file, () -> {});
    }
  }
}
