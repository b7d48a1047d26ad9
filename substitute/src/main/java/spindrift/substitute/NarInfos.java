package spindrift.substitute;

import java.io.InterruptedIOException;
import java.util.Optional;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;

/** Narinfos, from elsewhere, that have passed the trust gate. Safe for use by several threads. */
interface NarInfos {
  /**
   * The narinfo of an object with this NAR: one that was accepted lately, else what a look-up
   * finds.
   *
   * @param hashPart of a path that has the NAR, where the client said so; without it only what was
   *     accepted lately, and peers, are asked
   */
  Optional<NarInfo> find(NixHash narHash, Optional<String> hashPart) throws InterruptedIOException;

  /** Takes back what turned out to be false when its NAR came. */
  void refute(NarInfo info);
}
