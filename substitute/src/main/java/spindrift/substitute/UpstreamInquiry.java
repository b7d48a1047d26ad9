package spindrift.substitute;

import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import spindrift.nix.NarInfo;
import spindrift.upstream.Upstream;

/** What upstreams say of one path, as they say it. Safe for use by several threads. */
final class UpstreamInquiry {
  private final ObservedHealth health;
  private final LongSupplier clock;
  private final long begun;
  private final Runnable news;
  private final Map<Upstream, Reply> replies = new LinkedHashMap<>();
  private Optional<Upstream> likely = Optional.empty();
  private List<Upstream> others = List.of();
  private Consumer<Upstream> asking = _ -> {};
  private volatile boolean over;

  /**
   * What came of asking one.
   *
   * @param kind {@link LookupReport.Kind#LATE} while it has not answered
   * @param info as it came, where it has one
   */
  record Reply(LookupReport.Kind kind, Optional<NarInfo> info, Duration took, String detail) {
    static Reply failed(LookupReport.Kind kind, Duration took, String detail) {
      return new Reply(kind, Optional.empty(), took, detail);
    }
  }

  /**
   * @param news is told of each answer
   */
  UpstreamInquiry(ObservedHealth health, LongSupplier clock, Runnable news) {
    this.health = health;
    this.clock = clock;
    this.begun = clock.getAsLong();
    this.news = news;
  }

  Duration elapsed() {
    return Duration.ofNanos(clock.getAsLong() - begun);
  }

  /** Notes that an upstream is asked, and that it is waited for. */
  synchronized void waitFor(Upstream upstream) {
    replies.put(upstream, Reply.failed(LookupReport.Kind.LATE, Duration.ZERO, ""));
  }

  /**
   * Notes that some are not asked as long as that spares them the question.
   *
   * @param first is asked, and likely to have the path
   * @param asking asks one of the others
   */
  synchronized void holdBack(List<Upstream> spared, Upstream first, Consumer<Upstream> asking) {
    this.likely = Optional.of(first);
    this.others = List.copyOf(spared);
    this.asking = asking;
  }

  /** In how many nanoseconds others should be asked, if nothing comes before. */
  synchronized long untilOthers() {
    return others.isEmpty() ? Long.MAX_VALUE : Math.max(0, spared());
  }

  private long spared() {
    boolean isPending = likely.map(replies::get).filter(UpstreamInquiry::isPending).isPresent();
    if (!isPending) {
      return Long.MIN_VALUE;
    }
    // It may have become silent for all since this look-up began.
    String name = likely.orElseThrow().name();
    return Math.min(health.lateNanos(name) - elapsed().toNanos(), health.worthWaiting(name));
  }

  /**
   * Asks those that were held back, unless the one that is likely to have the path has got more
   * time; the caller knows that what it said is not enough.
   */
  void askOthers() {
    List<Upstream> spared;
    synchronized (this) {
      if (untilOthers() > 0) {
        return;
      }
      spared = others;
      others = List.of();
    }
    spared.forEach(asking);
  }

  void replied(Upstream upstream, Reply reply) {
    synchronized (this) {
      replies.put(upstream, reply);
    }
    news.run();
  }

  /** Notes that nobody waits any more; what comes is remembered all the same. */
  void end() {
    over = true;
  }

  boolean isOver() {
    return over;
  }

  /** All upstreams with what they said, in the order of preference. */
  synchronized List<Map.Entry<Upstream, Reply>> replies() {
    return replies.entrySet().stream()
        .map(entry -> Map.entry(entry.getKey(), entry.getValue()))
        .sorted(Map.Entry.comparingByKey(preference()))
        .toList();
  }

  /** What is to be said of an answer, beside what it was. */
  String remark(Upstream upstream, Reply reply) {
    return reply.detail().isEmpty() && health.hasLied(upstream.name())
        ? "it gave a wrong NAR lately, so others are preferred"
        : reply.detail();
  }

  /** Those that have it. */
  List<UpstreamOffer> offers() {
    return replies().stream()
        .flatMap(
            entry ->
                entry
                    .getValue()
                    .info()
                    .map(info -> new UpstreamOffer(entry.getKey(), info))
                    .stream())
        .toList();
  }

  private Comparator<Upstream> preference() {
    return Comparator.<Upstream, Boolean>comparing(upstream -> health.hasLied(upstream.name()))
        .thenComparingInt(Upstream::priority)
        .thenComparingLong(upstream -> health.usualNanos(upstream.name()).orElse(Long.MAX_VALUE))
        .thenComparing(Upstream::name);
  }

  /**
   * For how many nanoseconds it is worth waiting for those that have not answered: until the last
   * of them counts as silent; zero when all have answered or are.
   */
  synchronized long worthWaiting() {
    return replies.entrySet().stream()
        .filter(entry -> isPending(entry.getValue()))
        .mapToLong(entry -> health.worthWaiting(entry.getKey().name()))
        .max()
        .orElse(0);
  }

  private static boolean isPending(Reply reply) {
    return reply.kind() == LookupReport.Kind.LATE && reply.detail().isEmpty();
  }

  /** Whether every upstream has said whether it has the path. */
  synchronized boolean haveAllAnswered() {
    return replies.values().stream()
        .allMatch(
            reply ->
                reply.kind() == LookupReport.Kind.ABSENT
                    || reply.kind() == LookupReport.Kind.FOUND);
  }

  /** Whether those that did not answer were not even asked. */
  synchronized boolean haveAllAskedAnswered() {
    return replies.values().stream()
        .allMatch(
            reply ->
                reply.kind() == LookupReport.Kind.ABSENT
                    || reply.kind() == LookupReport.Kind.SKIPPED);
  }

  /**
   * For how many nanoseconds it is to be expected that one will answer that is preferred to all
   * that have the path; zero if there is none that usually answers within the grace.
   */
  synchronized long better(long graceNanos) {
    long elapsed = elapsed().toNanos();
    long longest = 0;
    for (Map.Entry<Upstream, Reply> entry : replies()) {
      if (entry.getValue().info().isPresent()) {
        break;
      }
      OptionalLong usual = health.usualNanos(entry.getKey().name());
      if (isPending(entry.getValue()) && usual.isPresent()) {
        long left = usual.getAsLong() + usual.getAsLong() / 4 - elapsed;
        longest = left > 0 && left <= graceNanos ? Math.max(longest, left) : longest;
      }
    }
    return longest;
  }
}
