package spindrift.substitute;

import java.util.Optional;
import java.util.function.LongSupplier;
import spindrift.catalog.RememberedInfos;
import spindrift.catalog.TrustPolicy;

/** What a look-up needs: whom to ask, and who judges what they say. */
record LookupSources(
    Optional<Neighbours> neighbours,
    UpstreamLookup upstreams,
    RememberedInfos remembered,
    TrustPolicy policy,
    LookupSettings settings,
    LongSupplier clock) {
  /** Connected peers. */
  record Neighbours(PeerLookup lookup, PeerIndex index) {}
}
