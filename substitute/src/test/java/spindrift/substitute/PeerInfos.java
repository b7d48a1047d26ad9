package spindrift.substitute;

import java.io.InterruptedIOException;
import java.util.Optional;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;

/** Narinfos that connected peers have. */
record PeerInfos(PeerIndex index, PeerLookup lookup) implements AcceptedInfos {
  @Override
  public Optional<NarInfo> find(NixHash narHash, Optional<String> hashPart)
      throws InterruptedIOException {
    LookupRequest.Key key =
        hashPart
            .<LookupRequest.Key>map(LookupRequest.Key.HashPart::new)
            .orElseGet(() -> new LookupRequest.Key.NarHash(narHash));
    // Peers that were there a moment ago may come back: no reason to fail at once.
    Optional<KnownObject> found = index.find(key);
    if (found.isEmpty()) {
      found = lookup.find(key);
    }
    return found.map(KnownObject::info).filter(info -> info.narHash().equals(narHash));
  }

  @Override
  public void refute(NarInfo info) {
    index.refute(info);
  }
}
