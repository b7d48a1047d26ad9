package spindrift.substitute;

import java.io.IOException;
import java.util.Optional;
import spindrift.base.ByteSource;
import spindrift.base.FaultException;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;

/** NARs that are not here, from wherever they can be had. Safe for use by several threads. */
interface Nars {
  /**
   * The NAR with a hash; empty where nobody is known to have it.
   *
   * @param hashPart of a path that has it, where the client said so
   */
  Optional<ByteSource> nar(NixHash narHash, Optional<String> hashPart)
      throws IOException, FaultException;

  /** As {@link #nar}, for one who hashes what he gets, and may be given ranges of files. */
  default Optional<ByteSource> uncheckedNar(NixHash narHash, String hashPart)
      throws IOException, FaultException {
    return nar(narHash, Optional.of(hashPart));
  }

  /** Notes that a client was given a narinfo, and so may ask for its NAR. */
  void given(NarInfo info);
}
