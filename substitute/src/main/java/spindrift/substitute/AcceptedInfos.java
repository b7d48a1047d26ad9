package spindrift.substitute;

import java.io.IOException;
import java.util.Optional;
import spindrift.base.FaultException;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;

/** Finds the narinfo of a NAR that a client asks for out of the blue. */
interface AcceptedInfos {
  /**
   * One that passed the trust gate, and has this NAR hash.
   *
   * @param hashPart of a path that has the NAR, where the client said so
   */
  Optional<NarInfo> find(NixHash narHash, Optional<String> hashPart)
      throws IOException, FaultException;

  /** Takes back what turned out to be false when its NAR came. */
  void refute(NarInfo info);
}
