package spindrift.substitute;

import java.util.List;
import spindrift.ipld.BlockSource;

/**
 * Where NARs come from beside peers.
 *
 * @param gateways give blocks of NAR views that peers do not give, each proved
 */
record Places(
    AcceptedInfos infos,
    UpstreamOffers upstreams,
    Suspicions suspicions,
    List<BlockSource> gateways) {
  Places {
    gateways = List.copyOf(gateways);
  }
}
