package spindrift.substitute;

import java.io.InterruptedIOException;
import java.util.Optional;
import spindrift.base.ByteSource;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;

/** NARs that connected peers have. */
record PeerNars(Supply supply, PeerLookup lookup, Prefetch prefetch) implements Nars {
  @Override
  public Optional<ByteSource> nar(NixHash narHash, Optional<String> hashPart)
      throws InterruptedIOException {
    LookupRequest.Key key =
        hashPart
            .<LookupRequest.Key>map(LookupRequest.Key.HashPart::new)
            .orElseGet(() -> new LookupRequest.Key.NarHash(narHash));
    // Peers that were there a moment ago may come back: no reason to fail at once.
    Optional<KnownObject> found = supply.index().find(key);
    if (found.isEmpty()) {
      found = lookup.find(key);
    }
    return found
        .filter(known -> known.info().narHash().equals(narHash))
        .map(known -> new PeerNar(known.info(), supply, prefetch));
  }

  @Override
  public void given(NarInfo info) {
    prefetch.given(info);
  }
}
