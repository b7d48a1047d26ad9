package spindrift.substitute;

import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import spindrift.catalog.Testimony;
import spindrift.catalog.Verdict;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;

/**
 * Finds narinfos of paths that are not here. Whoever asks for the same path meanwhile shares one
 * look-up, and what came of it is remembered. Safe for use by several threads.
 */
final class NarInfoFinder implements AcceptedInfos {
  private static final System.Logger LOG = System.getLogger(NarInfoFinder.class.getName());

  /** Ours: the closures of some systems. */
  private static final long MAX_BYTES = 16L << 20;

  private static final int NAR_INFO_BYTES = 1400;
  private static final int REFERENCE_BYTES = 200;

  /** Ours: more than a client can ask for while absences last. */
  private static final int MAX_ABSENT = 1 << 16;

  /** Ours: objects found by their NAR alone; small. */
  private static final int MAX_NARS = 1 << 15;

  /** Ours: what one that failed lately would have said is not known; it may be back soon. */
  private static final Duration LIKELY_ABSENCE = Duration.ofSeconds(2);

  private final LookupSources sources;
  private final History history;
  private final Map<String, NarInfoSearch> searches = new HashMap<>();
  private final Bounded<String, Known> accepted = new Bounded<>(MAX_BYTES, Known::bytes);
  private final Bounded<NixHash, String> hashParts = Bounded.ofSize(MAX_NARS);
  private final Bounded<String, Long> absentUntil = Bounded.ofSize(MAX_ABSENT);
  private long era;

  private record Known(NarInfo info, long until) {
    long bytes() {
      return NAR_INFO_BYTES + (long) REFERENCE_BYTES * info.references().size();
    }
  }

  NarInfoFinder(LookupSources sources, History history) {
    this.sources = sources;
    this.history = history;
  }

  /** The narinfo of the path with this hash part, if somebody offers the object. */
  Optional<NarInfo> find(String hashPart) throws InterruptedIOException {
    Optional<NarInfo> known = known(hashPart);
    if (known.isEmpty()) {
      known = told(hashPart);
    }
    if (known.isPresent()) {
      return known;
    }
    Optional<NarInfoSearch> search;
    synchronized (this) {
      known = known(hashPart); // a look-up may just have ended
      search = known.isPresent() ? Optional.empty() : search(hashPart);
    }
    return search.isEmpty() ? known : search.get().await().info();
  }

  @Override
  public Optional<NarInfo> find(NixHash narHash, Optional<String> hashPart)
      throws InterruptedIOException {
    Optional<String> named = hashPart.isPresent() ? hashPart : hashPart(narHash);
    if (named.isPresent()) {
      return find(named.get()).filter(info -> info.narHash().equals(narHash));
    }
    Optional<LookupSources.Neighbours> near = sources.neighbours();
    if (near.isEmpty()) {
      return Optional.empty();
    }
    LookupRequest.Key key = new LookupRequest.Key.NarHash(narHash);
    Optional<KnownObject> there = near.get().lookup().find(key);
    return there.isEmpty() ? Optional.empty() : find(there.get().info().path().hashPart());
  }

  private synchronized Optional<String> hashPart(NixHash narHash) {
    return hashParts.get(narHash);
  }

  /** What was accepted lately, while somebody offers it. */
  Optional<NarInfo> known(String hashPart) {
    Optional<NarInfo> known;
    synchronized (this) {
      known =
          accepted
              .get(hashPart)
              .filter(one -> one.until - sources.clock().getAsLong() > 0)
              .map(Known::info);
    }
    return known.filter(this::isOffered);
  }

  /** What peers said that have told of a whole closure. */
  private Optional<NarInfo> told(String hashPart) {
    long begun = sources.clock().getAsLong();
    List<PeerIndex.Statement> statements =
        sources.neighbours().map(near -> near.index().statements(hashPart)).orElse(List.of());
    if (statements.isEmpty()) {
      return Optional.empty();
    }
    Verdict verdict =
        sources
            .policy()
            .judge(
                statements.stream()
                    .map(said -> new Testimony(said.peer().toString(), said.info()))
                    .toList());
    if (!(verdict instanceof Verdict.Accepted(NarInfo info, List<String> reasons))) {
      return Optional.empty();
    }
    accepted(info);
    history.lookedUp(
        new LookupReport(
            hashPart,
            Optional.of(info.path()),
            Instant.now(),
            Duration.ofNanos(sources.clock().getAsLong() - begun),
            statements.stream()
                .map(
                    said ->
                        new LookupReport.Answer(
                            said.peer().toString(),
                            LookupReport.Kind.FOUND,
                            Duration.ZERO,
                            "told before"))
                .toList(),
            "accepted",
            reasons));
    return Optional.of(info);
  }

  private boolean isOffered(NarInfo info) {
    return sources.upstreams().isOffered(info)
        || sources.neighbours().filter(near -> !near.index().offers(info).isEmpty()).isPresent();
  }

  /** Asks all sources now, and tells how that went. */
  LookupReport ask(String hashPart) throws InterruptedIOException {
    long begunIn;
    synchronized (this) {
      begunIn = era;
    }
    NarInfoSearch search = new NarInfoSearch(hashPart, sources);
    LookupReport report = search.run();
    remember(search, search.outcome(), begunIn);
    history.lookedUp(report);
    search.finish();
    return report;
  }

  /** The look-up of a path, which is begun unless it is known that nobody has it. */
  private synchronized Optional<NarInfoSearch> search(String hashPart) {
    NarInfoSearch under = searches.get(hashPart);
    if (under != null) {
      return Optional.of(under);
    }
    long now = sources.clock().getAsLong();
    if (absentUntil.get(hashPart).filter(until -> until - now > 0).isPresent()) {
      return Optional.empty();
    }
    NarInfoSearch search = new NarInfoSearch(hashPart, sources);
    searches.put(hashPart, search);
    long begunIn = era;
    Thread.ofVirtual().name("look-up").start(() -> run(search, begunIn));
    return Optional.of(search);
  }

  private void run(NarInfoSearch search, long begunIn) {
    try {
      LookupReport report = search.run();
      remember(search, search.outcome(), begunIn);
      history.lookedUp(report);
      LOG.log(
          Level.DEBUG,
          "looked-up path={0} outcome={1} millis={2}",
          search.hashPart(),
          report.outcome(),
          report.took().toMillis());
    } catch (InterruptedIOException | RuntimeException e) {
      LOG.log(Level.ERROR, "a look-up failed", e);
    } finally {
      synchronized (this) {
        searches.remove(search.hashPart(), search);
      }
      search.finish();
    }
  }

  private void remember(NarInfoSearch search, NarInfoSearch.Outcome outcome, long begunIn) {
    long now = sources.clock().getAsLong();
    String hashPart = search.hashPart();
    outcome.info().ifPresent(this::accepted);
    Duration absence =
        switch (outcome.absence()) {
          case SURE -> sources.settings().absence();
          case LIKELY -> LIKELY_ABSENCE;
          case UNSURE -> Duration.ZERO;
        };
    synchronized (this) {
      if (outcome.info().isEmpty() && !absence.isZero() && begunIn == era) {
        absentUntil.put(hashPart, now + absence.toNanos());
      }
    }
  }

  private void accepted(NarInfo info) {
    sources.remembered().put(info);
    sources.neighbours().ifPresent(near -> near.index().accept(info));
    long until = sources.clock().getAsLong() + sources.settings().remembered().toNanos();
    synchronized (this) {
      accepted.put(info.path().hashPart(), new Known(info, until));
      hashParts.put(info.narHash(), info.path().hashPart());
    }
  }

  @Override
  public void refute(NarInfo info) {
    sources.upstreams().refute(info);
    sources.neighbours().ifPresent(near -> near.index().refute(info));
    synchronized (this) {
      accepted.remove(info.path().hashPart());
    }
  }

  /** Forgets what nobody had: somebody has come, or come back. */
  synchronized void forgetAbsences() {
    era++;
    absentUntil.clear();
  }

  /** How many look-ups are under way. */
  synchronized int underWay() {
    return searches.size();
  }
}
