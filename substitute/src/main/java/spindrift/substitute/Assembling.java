package spindrift.substitute;

import java.util.List;
import java.util.Optional;
import spindrift.catalog.Uploads;
import spindrift.ipld.BlockSource;

/**
 * How a node puts NARs together that others have.
 *
 * @param spool outlives whoever uses it
 * @param gateways give blocks of NAR views that peers do not give, each proved
 * @param keep where NARs that pass are kept, on a machine that is to be a cache for others
 */
public record Assembling(
    Spool spool, AssemblySettings settings, List<BlockSource> gateways, Optional<Uploads> keep) {
  public Assembling {
    gateways = List.copyOf(gateways);
  }

  /** The usual way: by peers and upstreams alone, and nothing is kept. */
  public static Assembling usual(Spool spool) {
    return new Assembling(spool, AssemblySettings.DEFAULTS, List.of(), Optional.empty());
  }

  NarAssemblies start(
      Supply supply, AcceptedInfos infos, UpstreamOffers offers, Suspicions suspicions) {
    return new NarAssemblies(
        supply,
        new Places(infos, offers, suspicions, gateways),
        spool,
        settings,
        keep.<Keeping>map(BlockKeeping::new).orElse(Keeping.NONE));
  }
}
