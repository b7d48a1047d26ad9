package spindrift.substitute;

import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.DocumentPolicy;
import spindrift.catalog.KeptDocuments;
import spindrift.catalog.RememberedInfos;
import spindrift.catalog.TrustPolicy;
import spindrift.nix.PublicKey;
import spindrift.p2p.PeerId;
import spindrift.upstream.Upstream;

/**
 * All that finds out who has what: narinfos, and small files that are no store objects. Safe for
 * use by several threads; whoever starts it closes it.
 */
final class Lookups implements Peers.Listener, AutoCloseable {
  private static final LongSupplier CLOCK = System::nanoTime;

  private final Optional<LookupSources.Neighbours> neighbours;
  private final ObservedHealth health;
  private final UpstreamLookup upstreams;
  private final NarInfoFinder finder;
  private final LookAhead lookAhead;
  private final UpstreamDocuments documents;
  private final Revival revival;

  /**
   * What it works with; all of it outlives it.
   *
   * @param cache what is here
   * @param policy judges what sources say of an object
   */
  record Parts(
      BinaryCache cache,
      RememberedInfos remembered,
      KeptDocuments kept,
      TrustPolicy policy,
      Optional<LookupSources.Neighbours> neighbours,
      List<Upstream> upstreams,
      LookupSettings settings,
      History history) {
    Parts {
      upstreams = List.copyOf(upstreams);
    }
  }

  Lookups(Parts parts) {
    LookupSettings settings = parts.settings();
    this.neighbours = parts.neighbours();
    this.health =
        new ObservedHealth(
            settings, CLOCK, RandomGenerator.getDefault()::nextDouble, this::sourceCame);
    this.upstreams =
        new UpstreamLookup(
            parts.upstreams(), health, new UpstreamMemory(settings, CLOCK), settings, CLOCK);
    this.finder =
        new NarInfoFinder(
            new LookupSources(
                parts.neighbours(), upstreams, parts.remembered(), parts.policy(), settings, CLOCK),
            parts.history());
    this.lookAhead = new LookAhead(finder, parts.cache(), settings, CLOCK);
    this.documents =
        new UpstreamDocuments(
            parts.neighbours().map(LookupSources.Neighbours::lookup),
            parts.upstreams(),
            health,
            parts.kept(),
            new DocumentPolicy(parts.policy()),
            settings,
            CLOCK);
    this.revival = new Revival(parts.upstreams(), health);
  }

  /** Finds out which upstreams are there, now and from time to time. Does not wait. */
  void start() {
    neighbours.ifPresent(near -> near.lookup().whenBack(this::sourceCame));
    revival.start();
    Thread.ofVirtual().name("prepare").start(PublicKey::prepare);
  }

  ObservedHealth health() {
    return health;
  }

  UpstreamOffers offers() {
    return upstreams;
  }

  NarInfoFinder finder() {
    return finder;
  }

  LookAhead lookAhead() {
    return lookAhead;
  }

  UpstreamDocuments documents() {
    return documents;
  }

  /** Forgets who failed and who had nothing. Does not wait. */
  void networkChanged() {
    upstreams.networkChanged();
    sourceCame();
    revival.greet();
  }

  /** What nobody had may be had from who has come. */
  private void sourceCame() {
    finder.forgetAbsences();
    documents.forgetAbsences();
  }

  @Override
  public void connected(PeerId peer) {
    sourceCame();
  }

  @Override
  public void disconnected(PeerId peer) {
    // What others said stands.
  }

  /** Ends what is under way; peers and upstreams stay open. */
  @Override
  public void close() {
    revival.close();
    upstreams.close();
  }
}
