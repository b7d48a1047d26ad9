package spindrift.substitute;

import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import spindrift.base.AbsentException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.catalog.Views;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.substitute.SourceFinder.Need;

/**
 * Chooses who is to send a NAR: peers, else upstreams, else gateways, unless one is known to be
 * much quicker than another. For one thread.
 */
final class SourceChoice {
  private static final System.Logger LOG = System.getLogger(SourceChoice.class.getName());

  /** Ours: how often everything may fail in a row, with growing pauses: 15 s together. */
  private static final int MAX_ROUNDS = 5;

  /** Ours: rates vary; a change of kind is worth its while from here on. */
  private static final int MUCH_QUICKER = 4;

  /** Ours, bytes a second: what is expected of an upstream that was never used. */
  private static final long UNKNOWN_RATE = 4L << 20;

  private static final String VIEW = "view ";

  private final Supply supply;
  private final Places places;
  private final NarInfo info;
  private final RunningTransfer transfer;
  private final Optional<IdleSession> shared;
  private final SourceFinder finder;
  private final Set<String> failed = new HashSet<>();
  private boolean anyUpstream;
  private int rounds;

  /**
   * @param shared the session for blocks of a NAR that is too small for one of its own
   */
  SourceChoice(
      Supply supply,
      Places places,
      NarInfo info,
      RunningTransfer transfer,
      Optional<IdleSession> shared) {
    this.supply = supply;
    this.places = places;
    this.info = info;
    this.transfer = transfer;
    this.shared = shared;
    this.finder = new SourceFinder(supply, info);
  }

  /** Bytes have come. */
  void succeeded() {
    rounds = 0;
    failed.clear();
    finder.succeeded();
  }

  /** A source did not bring what was needed. */
  void failed(NarSource source) {
    source.members().forEach(this::memberFailed);
  }

  /** Notes what was wrong with a source, against whoever is to blame. For any thread. */
  void lost(NarSource source, Exception why) {
    if (source instanceof ViewSource view
        && (why instanceof MalformedDataException || why instanceof LimitExceededException)) {
      supply.judge().refute(info, view.origin().cid(), view.peers());
    }
    transfer.failedOver(source.name(), String.valueOf(why.getMessage()));
    if (source instanceof UpstreamSource && !(why instanceof AbsentException)) {
      supply.health().failed(source.name(), why);
    }
  }

  private void memberFailed(NarSource source) {
    failed.add(key(source));
    if (source instanceof ViewSource views && !views.peers().isEmpty()) {
      finder.failed(new SourceFinder.Source(views.origin().cid(), views.peers()));
    }
  }

  /**
   * The next source; waits while there is none.
   *
   * @throws AbsentException when there will be none
   */
  NarSource next(Need need) throws InterruptedIOException, AbsentException {
    while (true) {
      Optional<NarSource> found = pick(need, Set.of(), Asking.UNTIL_USABLE);
      if (found.isPresent()) {
        return found.get();
      }
      if (!anyUpstream && gateway(source -> need.allows(source.trust())).isEmpty()) {
        failed.clear();
        return ofPeers(finder.next(need));
      }
      if (++rounds > MAX_ROUNDS) {
        throw new AbsentException("nobody gives the NAR of " + info.path());
      }
      Duration pause = supply.settings().pause().multipliedBy(1L << (rounds - 1));
      supply.attendance().awaitArrival(pause);
      failed.clear();
      finder.askAgain(need);
    }
  }

  /** One more beside those that are at work; does not wait for any. */
  Optional<NarSource> another(Need need, List<NarSource> working) throws InterruptedIOException {
    Set<String> keys =
        working.stream()
            .flatMap(source -> source.members().stream())
            .map(SourceChoice::key)
            .collect(Collectors.toSet());
    return pick(need, keys, Asking.WITHOUT_WAITING);
  }

  /**
   * Finds upstreams that could bring pieces beside an upstream. Asks those of which it is not known
   * whether they have it, on a thread of its own.
   *
   * @param found is given them all, that one among them, when there are several
   */
  void findSeveral(UpstreamSource first, Consumer<List<NarSource>> found) {
    Set<String> excluded = Set.copyOf(failed);
    Thread.ofVirtual()
        .name("more sources")
        .start(
            () -> {
              List<NarSource> several = several(first, excluded);
              if (several.size() > 1) {
                found.accept(several);
              }
            });
  }

  private List<NarSource> several(UpstreamSource first, Set<String> excluded) {
    try {
      // All of them are asked, and none is taken before the others have answered.
      return places.upstreams().offers(info, offer -> false).stream()
          .map(this::ofUpstream)
          .filter(source -> isBelieved(source) && source.isSeekable())
          .filter(source -> !excluded.contains(source.name()))
          .filter(source -> source.name().equals(first.name()) || mayHelp(source, first))
          .sorted(Comparator.comparing(source -> !source.name().equals(first.name())))
          .limit(PiecedSource.MOST_SOURCES)
          .toList();
    } catch (InterruptedIOException e) {
      LOG.log(Level.DEBUG, "nobody was asked for pieces why={0}", e.getMessage());
      return List.of();
    }
  }

  private boolean mayHelp(NarSource source, NarSource first) {
    return supply.health().mayAsk(source.name())
        && source.usualRate().orElse(Long.MAX_VALUE) >= rate(first) / MUCH_QUICKER;
  }

  /** How upstreams are asked that did not say lately whether they have it. */
  private enum Asking {
    UNTIL_USABLE,
    WITHOUT_WAITING
  }

  private Optional<NarSource> pick(Need need, Set<String> working, Asking asking)
      throws InterruptedIOException {
    Predicate<NarSource> usable =
        source ->
            need.allows(source.trust())
                && !failed.contains(key(source))
                && !working.contains(key(source));
    Optional<NarSource> peers =
        finder.best(need, viewsOf(working)).map(this::ofPeers).filter(usable);
    if (peers.filter(SourceChoice::isGood).isPresent()) {
      return peers; // and nobody is asked who has it otherwise
    }
    List<NarSource> caches = quickestFirst(ofUpstreams(usable, asking));
    List<NarSource> inOrder = new ArrayList<>(caches);
    peers.ifPresent(found -> inOrder.add(isMuchQuicker(caches, found) ? caches.size() : 0, found));
    gateway(usable).ifPresent(inOrder::add);
    inOrder.sort(Comparator.comparing(source -> !isBelieved(source)));
    for (NarSource source : inOrder) {
      if (source instanceof ViewSource || supply.health().mayAsk(source.name())) {
        return Optional.of(source);
      }
    }
    return Optional.empty();
  }

  private static boolean isGood(NarSource peers) {
    return isBelieved(peers) && peers.usualRate().orElse(UNKNOWN_RATE) >= UNKNOWN_RATE;
  }

  private static boolean isBelieved(NarSource source) {
    return Need.REST.allows(source.trust());
  }

  private static String key(NarSource source) {
    return switch (source.origin()) {
      case Origin.Cache(String name) -> name;
      case Origin.Left _ -> source.name();
      case Origin.View(Cid cid) -> source.healthNames().isEmpty() ? "gateway " + cid : VIEW + cid;
    };
  }

  private Set<Cid> viewsOf(Set<String> working) {
    return finder.offers().stream()
        .flatMap(offer -> offer.views().stream())
        .map(Views::nar)
        .filter(view -> working.contains(VIEW + view))
        .collect(Collectors.toSet());
  }

  private List<NarSource> ofUpstreams(Predicate<NarSource> usable, Asking asking)
      throws InterruptedIOException {
    List<UpstreamOffer> offers =
        switch (asking) {
          case UNTIL_USABLE ->
              places.upstreams().offers(info, offer -> usable.test(ofUpstream(offer)));
          case WITHOUT_WAITING -> places.upstreams().known(info);
        };
    List<NarSource> found = offers.stream().map(this::ofUpstream).toList();
    anyUpstream = found.stream().anyMatch(source -> Need.WHOLE.allows(source.trust()));
    return found.stream().filter(usable).toList();
  }

  private NarSource ofUpstream(UpstreamOffer offer) {
    Verdicts.Trust trust = places.suspicions().of(info.narHash(), offer.upstream().name());
    return new UpstreamSource(offer, trust, supply.health(), transfer);
  }

  /** In the order given, but for one that is much quicker than the first. */
  private List<NarSource> quickestFirst(List<NarSource> caches) {
    if (caches.size() < 2) {
      return caches;
    }
    List<NarSource> sorted = new ArrayList<>(caches);
    NarSource quickest = sorted.stream().max(Comparator.comparingLong(this::rate)).orElseThrow();
    if (rate(quickest) / MUCH_QUICKER > rate(sorted.getFirst())) {
      sorted.remove(quickest);
      sorted.addFirst(quickest);
    }
    return sorted;
  }

  /** One that lied is not to be the first because it is quick. */
  private long rate(NarSource cache) {
    return supply.health().hasLied(cache.name()) ? 0 : cache.usualRate().orElse(UNKNOWN_RATE);
  }

  private boolean isMuchQuicker(List<NarSource> caches, NarSource peers) {
    OptionalLong usual = peers.usualRate();
    return usual.isPresent()
        && caches.stream().anyMatch(cache -> rate(cache) / MUCH_QUICKER > usual.getAsLong());
  }

  private NarSource ofPeers(SourceFinder.Source source) {
    boolean isShared = shared.isPresent() && finder.trust(source) != Verdicts.Trust.DOUBTED;
    return new ViewSource(
        supply,
        info,
        source,
        finder.trust(source),
        isShared
            ? new ViewSource.Blocks.Shared(source.peers(), shared.get())
            : new ViewSource.Blocks.From(source.peers()),
        transfer);
  }

  /** The blocks of a view, as peers or the narinfo name it, from gateways. */
  private Optional<NarSource> gateway(Predicate<NarSource> usable) {
    if (places.gateways().isEmpty()) {
      return Optional.empty();
    }
    ViewSource.Blocks blocks = new ViewSource.Blocks.Gateways(places.gateways());
    return Stream.concat(
            finder.offers().stream().flatMap(offer -> offer.views().stream()).map(Views::nar),
            named().stream())
        .map(view -> new SourceFinder.Source(view, List.of()))
        .<NarSource>map(
            source -> new ViewSource(supply, info, source, finder.trust(source), blocks, transfer))
        .filter(usable)
        .findFirst();
  }

  private Optional<Cid> named() {
    for (NarInfo.Field field : info.extraFields()) {
      if (field.name().equals(Views.NAR_FIELD)) {
        try {
          return Optional.of(Cid.parse(field.value()));
        } catch (MalformedDataException | LimitExceededException e) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }
}
