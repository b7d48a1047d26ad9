package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import spindrift.catalog.Testimony;
import spindrift.catalog.Verdict;
import spindrift.nix.NarInfo;
import spindrift.nix.StorePath;
import spindrift.upstream.Upstream;

/**
 * One look-up of a narinfo. All sources are asked at once; after each answer all that was said so
 * far is judged, until it is accepted or nobody is left who is worth waiting for. What was accepted
 * on another day is a testimony, too, where that of today is not enough; somebody has to offer the
 * object all the same. Run by one thread, awaited by any.
 */
final class NarInfoSearch {
  private static final System.Logger LOG = System.getLogger(NarInfoSearch.class.getName());

  static final String OFFLINE = "offline";

  private final String hashPart;
  private final LookupSources sources;
  private final News news = new News();
  private final CountDownLatch done = new CountDownLatch(1);
  private final Instant started = Instant.now();
  private final long begun;
  private final Optional<PeerInquiry> peers;
  private final UpstreamInquiry upstreams;
  private Optional<Optional<NarInfo>> remembered = Optional.empty();
  private Verdict verdict = new Verdict.Open(List.of());
  private volatile boolean over;
  private volatile Outcome outcome = Outcome.NOTHING;

  /**
   * How it ended.
   *
   * @param info past the trust gate, if there is one
   * @param absence how sure it is otherwise that there is none
   */
  record Outcome(Optional<NarInfo> info, Absence absence) {
    static final Outcome NOTHING = new Outcome(Optional.empty(), Absence.UNSURE);
  }

  /** How sure it is that nobody has the path. */
  enum Absence {
    /** All said so. */
    SURE,
    /** All said so who were asked; some were not, since they failed lately. */
    LIKELY,
    /** Some failed, or were late. */
    UNSURE
  }

  /** Asks all sources; nothing is waited for before {@link #run}. */
  NarInfoSearch(String hashPart, LookupSources sources) {
    this.hashPart = hashPart;
    this.sources = sources;
    this.begun = sources.clock().getAsLong();
    this.peers =
        sources
            .neighbours()
            .flatMap(
                near ->
                    near.lookup()
                        .ask(new LookupRequest.Key.HashPart(hashPart), () -> over, news::arrived));
    this.upstreams = sources.upstreams().inquire(hashPart, this::isEnough, news::arrived);
  }

  String hashPart() {
    return hashPart;
  }

  /** How it ended, or that it has not yet. */
  Outcome outcome() {
    return outcome;
  }

  /** Waits for the outcome; the deadline is that of {@link #run}. */
  Outcome await() throws InterruptedIOException {
    try {
      done.await(sources.settings().deadline().plusSeconds(10).toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while sources were asked");
    }
    return outcome;
  }

  /** Runs it to its end, and tells how it went before those who wait are woken. */
  LookupReport run() throws InterruptedIOException {
    Optional<NarInfo> accepted;
    long heldBackUntil = Long.MIN_VALUE;
    while (true) {
      long seen = news.count();
      // Before what came is judged: who is not waited for any more is judged by.
      long untilOthers = upstreams.untilOthers();
      long left = Math.min(Math.min(worthWaiting(), untilOthers), deadline() - elapsed());
      accepted = judge();
      if (accepted.isEmpty() && untilOthers <= 0) {
        upstreams.askOthers();
        continue;
      }
      if (accepted.isPresent()) {
        // Held back once: the better one may not come.
        long now = elapsed();
        heldBackUntil = heldBackUntil == Long.MIN_VALUE ? now + better() : heldBackUntil;
        left = Math.min(heldBackUntil - now, better());
      }
      if (left <= 0) {
        break;
      }
      news.awaitMoreThan(seen, left);
    }
    return end(accepted);
  }

  private long elapsed() {
    return sources.clock().getAsLong() - begun;
  }

  private long deadline() {
    return sources.settings().deadline().toNanos();
  }

  private long worthWaiting() {
    boolean peersPending = peers.isPresent() && !peers.get().isDone();
    return peersPending ? Long.MAX_VALUE : upstreams.worthWaiting();
  }

  /** For how long somebody is to be waited for who is preferred and about to answer. */
  private long better() {
    if (!statements().isEmpty()) {
      return 0; // peers are preferred to all others, and among peers none is
    }
    long grace = sources.settings().grace().toNanos();
    long peer =
        peers
            .filter(inquiry -> !inquiry.isDone())
            .flatMap(
                inquiry ->
                    sources
                        .neighbours()
                        .map(near -> near.lookup().expected(inquiry, elapsed(), grace)))
            .orElse(0L);
    return Math.max(peer, upstreams.better(grace));
  }

  private List<PeerIndex.Statement> statements() {
    return sources.neighbours().map(near -> near.index().statements(hashPart)).orElse(List.of());
  }

  private Optional<NarInfo> judge() {
    List<Testimony> live =
        Stream.concat(
                statements().stream()
                    .map(said -> new Testimony(said.peer().toString(), said.info())),
                upstreams.offers().stream()
                    .map(offer -> new Testimony(offer.upstream().name(), offer.theirs())))
            .toList();
    if (live.isEmpty()) {
      return Optional.empty();
    }
    verdict = sources.policy().judge(live);
    if (verdict instanceof Verdict.Open && remembered().isPresent()) {
      List<Testimony> more = new ArrayList<>(live);
      more.add(new Testimony(OFFLINE, remembered().get()));
      verdict = sources.policy().judge(more);
    }
    return verdict instanceof Verdict.Accepted(NarInfo info, List<String> _)
        ? Optional.of(info)
            .filter(
                found -> live.stream().anyMatch(said -> PeerIndex.isSameObject(said.info(), found)))
        : Optional.empty();
  }

  /** Whether nobody else has to be asked, after what upstreams said lately. */
  private boolean isEnough(List<UpstreamOffer> offers) {
    return !offers.isEmpty()
        && sources
                .policy()
                .judge(
                    offers.stream()
                        .map(offer -> new Testimony(offer.upstream().name(), offer.theirs()))
                        .toList())
            instanceof Verdict.Accepted;
  }

  private Optional<NarInfo> remembered() {
    if (remembered.isEmpty()) {
      try {
        remembered = Optional.of(sources.remembered().find(hashPart));
      } catch (IOException e) {
        LOG.log(Level.WARNING, "cannot read what was remembered why=\"{0}\"", e.getMessage());
        remembered = Optional.of(Optional.empty());
      }
    }
    return remembered.get();
  }

  private LookupReport end(Optional<NarInfo> accepted) {
    over = true;
    upstreams.end();
    outcome = new Outcome(accepted, absence());
    List<LookupReport.Answer> answers = answers();
    peers.ifPresent(inquiry -> sources.neighbours().ifPresent(near -> near.lookup().end(inquiry)));
    Optional<StorePath> path =
        Stream.concat(
                accepted.stream(),
                Stream.concat(
                    upstreams.offers().stream().map(UpstreamOffer::theirs),
                    statements().stream().map(PeerIndex.Statement::info)))
            .map(NarInfo::path)
            .findFirst();
    boolean absent = path.isEmpty();
    String said = accepted.isPresent() ? "accepted" : absent ? "absent" : "refused";
    return new LookupReport(
        hashPart, path, started, Duration.ofNanos(elapsed()), answers, said, verdict.reasons());
  }

  /** Wakes those who wait. */
  void finish() {
    over = true;
    done.countDown();
  }

  private Absence absence() {
    boolean peersSaid = peers.isEmpty() || peers.get().isAnswered();
    if (peersSaid && upstreams.haveAllAnswered()) {
      return Absence.SURE;
    }
    return peersSaid && upstreams.haveAllAskedAnswered() ? Absence.LIKELY : Absence.UNSURE;
  }

  private List<LookupReport.Answer> answers() {
    List<LookupReport.Answer> all = new ArrayList<>();
    all.add(new LookupReport.Answer("local", LookupReport.Kind.ABSENT, Duration.ZERO, ""));
    peers.ifPresent(inquiry -> addPeers(inquiry, all));
    for (Map.Entry<Upstream, UpstreamInquiry.Reply> entry : upstreams.replies()) {
      UpstreamInquiry.Reply reply = entry.getValue();
      boolean late = reply.kind() == LookupReport.Kind.LATE;
      all.add(
          new LookupReport.Answer(
              entry.getKey().name(),
              reply.kind(),
              late ? Duration.ofNanos(elapsed()) : reply.took(),
              upstreams.remark(entry.getKey(), reply)));
    }
    remembered
        .filter(Optional::isPresent)
        .ifPresent(
            known ->
                all.add(
                    new LookupReport.Answer(OFFLINE, LookupReport.Kind.FOUND, Duration.ZERO, "")));
    return all;
  }

  private void addPeers(PeerInquiry inquiry, List<LookupReport.Answer> all) {
    List<String> found = statements().stream().map(said -> said.peer().toString()).toList();
    inquiry
        .answers()
        .forEach(
            (peer, answer) -> {
              LookupReport.Kind kind =
                  !answer.failure().isEmpty()
                      ? LookupReport.Kind.FAILED
                      : found.contains(peer.toString())
                          ? LookupReport.Kind.FOUND
                          : LookupReport.Kind.ABSENT;
              all.add(
                  new LookupReport.Answer(peer.toString(), kind, answer.took(), answer.failure()));
            });
    for (var peer : inquiry.awaited()) {
      all.add(
          new LookupReport.Answer(
              peer.toString(), LookupReport.Kind.LATE, Duration.ofNanos(elapsed()), ""));
    }
  }
}
