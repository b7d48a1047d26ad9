package spindrift.substitute;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import spindrift.base.ByteSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.TrustPolicy;
import spindrift.nix.NixHash;

/** What is here, else what peers have, and NARs of whatever upstreams a test brings. */
final class PeersAlone implements AutoCloseable {
  private final BinaryCache cache;
  private final PeerSubstituter peers;
  private final Supply supply;
  private final NarAssemblies nars;

  PeersAlone(
      BinaryCache cache,
      PeerSubstituter peers,
      TrustPolicy policy,
      Assembling assembling,
      UpstreamOffers upstreams) {
    this.cache = cache;
    this.peers = peers;
    Suspicions suspicions = new Suspicions();
    this.supply = peers.supply().with(new UnknownHealth(), policy, suspicions, History.NONE);
    this.nars =
        assembling.start(
            supply, new PeerInfos(supply.index(), peers.lookup()), upstreams, suspicions);
  }

  PeerSubstituter peers() {
    return peers;
  }

  Supply supply() {
    return supply;
  }

  PeerLookup lookup() {
    return peers.lookup();
  }

  NarAssemblies nars() {
    return nars;
  }

  List<Transfer> transfers() {
    return supply().transfers().list();
  }

  Optional<Bytes> narInfoText(String hashPart) throws IOException, FaultException {
    Optional<Bytes> here = cache.narInfoText(hashPart);
    if (here.isPresent()) {
      return here;
    }
    Optional<KnownObject> found = lookup().find(new LookupRequest.Key.HashPart(hashPart));
    found.ifPresent(known -> nars.given(known.info()));
    return found.map(known -> cache.textOf(BinaryCache.withPlainFileOf(known.info())));
  }

  Optional<ByteSource> nar(NixHash narHash, Optional<String> hashPart)
      throws IOException, FaultException {
    Optional<ByteSource> here = cache.nar(narHash, hashPart);
    return here.isPresent() ? here : nars.nar(narHash, hashPart);
  }

  @Override
  public void close() {
    nars.close();
    peers.close();
  }
}
