package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.nix.NarInfo;
import spindrift.substitute.ObservedHealth.Admission;
import spindrift.substitute.UpstreamInquiry.Reply;
import spindrift.upstream.BusyException;
import spindrift.upstream.Upstream;

/**
 * Asks upstreams for narinfos, each of them once for a path at a time, and remembers what they say,
 * however late. Safe for use by several threads.
 */
final class UpstreamLookup implements UpstreamOffers, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(UpstreamLookup.class.getName());

  /** Ours: more would only wait in line at the other end; HTTP/2 servers allow 100 or 128. */
  static final int MAX_AT_ONCE = 64;

  /** Ours: an answer that nobody waits for any more helps with the next question. */
  private static final Duration ANSWER = Duration.ofSeconds(10);

  /** Ours: a connection that was reset, or an error of a machine of many, may not happen twice. */
  private static final int MAX_TRIES = 3;

  private static final long FIRST_PAUSE = Duration.ofMillis(25).toNanos();

  private final List<Upstream> upstreams;
  private final ObservedHealth health;
  private final UpstreamMemory memory;
  private final LookupSettings settings;
  private final LongSupplier clock;
  private final VainQuestions vain;
  private final Map<Question, Flight> flights = new HashMap<>();
  private final Map<String, Semaphore> gates = new HashMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  private record Question(String hashPart, String upstream) {}

  /** A question under way; its listeners are guarded by the lock of the look-up. */
  private static final class Flight {
    final Question question;
    final Upstream upstream;
    final Admission admission;
    final Semaphore gate;
    final ObservedHealth.Asked asked;
    final List<UpstreamInquiry> listeners = new ArrayList<>();

    Flight(
        Question question,
        Upstream upstream,
        Admission admission,
        Semaphore gate,
        ObservedHealth.Asked asked) {
      this.question = question;
      this.upstream = upstream;
      this.admission = admission;
      this.gate = gate;
      this.asked = asked;
    }
  }

  UpstreamLookup(
      List<Upstream> upstreams,
      ObservedHealth health,
      UpstreamMemory memory,
      LookupSettings settings,
      LongSupplier clock) {
    this.upstreams = List.copyOf(upstreams);
    this.health = health;
    this.memory = memory;
    this.settings = settings;
    this.clock = clock;
    this.vain = new VainQuestions(clock);
  }

  List<Upstream> upstreams() {
    return upstreams;
  }

  /**
   * Asks all who did not say lately, unless what the others said lately is enough; the news are
   * told of what they say. Where one had what refers to the path, those that are not preferred to
   * it are held back: it will have that, too, and a closure is many questions. So are those that
   * had nothing of what others had.
   */
  UpstreamInquiry inquire(String hashPart, Predicate<List<UpstreamOffer>> enough, Runnable news) {
    UpstreamInquiry inquiry = new UpstreamInquiry(health, clock, news);
    List<Upstream> silent = recall(hashPart, inquiry);
    if (!enough.test(inquiry.offers())) {
      ask(hashPart, silent, inquiry);
    }
    return inquiry;
  }

  /** Tells what was said lately, and returns who said nothing. */
  private List<Upstream> recall(String hashPart, UpstreamInquiry inquiry) {
    List<Upstream> silent = new ArrayList<>();
    for (Upstream upstream : upstreams) {
      Optional<UpstreamMemory.Said> said = memory.said(hashPart, upstream.name());
      if (said.isPresent()) {
        inquiry.replied(upstream, reply(said.get().info(), Duration.ZERO));
      } else {
        silent.add(upstream);
      }
    }
    return silent;
  }

  private void ask(String hashPart, List<Upstream> silent, UpstreamInquiry inquiry) {
    Consumer<Upstream> asking =
        upstream -> ask(new Question(hashPart, upstream.name()), upstream, inquiry);
    Optional<Upstream> likely =
        memory
            .likely(hashPart)
            .filter(name -> !health.isOpen(name) && !health.hasLied(name))
            .flatMap(name -> silent.stream().filter(one -> one.name().equals(name)).findFirst());
    if (likely.isEmpty()) {
      vain.forget();
      silent.forEach(asking);
      return;
    }
    Upstream first = likely.get();
    List<Upstream> spared = new ArrayList<>();
    for (Upstream upstream : silent) {
      if (isAskedNow(upstream, first)) {
        asking.accept(upstream);
      } else {
        spared.add(upstream);
      }
    }
    inquiry.holdBack(
        spared,
        first,
        upstream -> {
          vain.forget(); // what others say does not suffice
          asking.accept(upstream);
        });
  }

  private boolean isAskedNow(Upstream upstream, Upstream first) {
    return upstream.equals(first)
        || (upstream.priority() < first.priority() && vain.isWorthAsking(upstream.name()));
  }

  private long left(UpstreamInquiry inquiry) {
    long deadline = settings.deadline().toNanos() - inquiry.elapsed().toNanos();
    return Math.min(inquiry.worthWaiting(), deadline);
  }

  private static Reply reply(Optional<NarInfo> info, Duration took) {
    return new Reply(
        info.isPresent() ? LookupReport.Kind.FOUND : LookupReport.Kind.ABSENT, info, took, "");
  }

  private synchronized void ask(Question question, Upstream upstream, UpstreamInquiry inquiry) {
    Flight under = flights.get(question);
    Admission admission = under == null ? health.admit(upstream.name()) : under.admission;
    switch (admission) {
      case ASK -> inquiry.waitFor(upstream);
      case PROBE ->
          inquiry.replied(
              upstream, Reply.failed(LookupReport.Kind.SKIPPED, Duration.ZERO, "being probed"));
      case SKIP -> {
        inquiry.replied(
            upstream, Reply.failed(LookupReport.Kind.SKIPPED, Duration.ZERO, "failed lately"));
        return;
      }
    }
    Flight flight = under;
    if (flight == null) {
      Semaphore gate =
          gates.computeIfAbsent(upstream.name(), name -> new Semaphore(MAX_AT_ONCE, true));
      flight = new Flight(question, upstream, admission, gate, health.asked(upstream.name()));
      flights.put(question, flight);
      start(flight);
    }
    flight.listeners.add(inquiry);
  }

  private void start(Flight flight) {
    Thread.ofVirtual().name("ask upstream").start(() -> run(flight));
  }

  private void run(Flight flight) {
    long begun = clock.getAsLong();
    Reply reply = Reply.failed(LookupReport.Kind.FAILED, Duration.ZERO, "failed");
    try (ObservedHealth.Asked _ = flight.asked) {
      reply = replyOf(flight, begun);
    } catch (InterruptedException e) {
      LOG.log(Level.ERROR, "a look-up was interrupted", e);
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "a look-up failed", e);
    } finally {
      List<UpstreamInquiry> listeners;
      synchronized (this) {
        flights.remove(flight.question, flight);
        listeners = List.copyOf(flight.listeners);
      }
      for (UpstreamInquiry inquiry : listeners) {
        inquiry.replied(flight.upstream, reply);
      }
    }
  }

  private Reply replyOf(Flight flight, long begun) throws InterruptedException {
    if (!flight.gate.tryAcquire(ANSWER.toNanos(), TimeUnit.NANOSECONDS)) {
      return Reply.failed(LookupReport.Kind.LATE, since(begun), "too many questions before it");
    }
    try {
      long pause = FIRST_PAUSE;
      for (int tries = 1; ; tries++, pause *= 2) {
        try {
          return reply(narInfo(flight), since(begun));
        } catch (IOException | FaultException e) {
          boolean again = tries < MAX_TRIES && isWorthAnotherTry(flight, e, begun);
          if (!again || closed.await(pause, TimeUnit.NANOSECONDS)) {
            LOG.log(
                Level.DEBUG,
                "no answer upstream={0} why={1}",
                flight.upstream.name(),
                e.getMessage());
            return Reply.failed(
                LookupReport.Kind.FAILED, since(begun), String.valueOf(e.getMessage()));
          }
        }
      }
    } finally {
      flight.gate.release();
    }
  }

  private Optional<NarInfo> narInfo(Flight flight) throws IOException, FaultException {
    String name = flight.upstream.name();
    String hashPart = flight.question.hashPart;
    long asked = clock.getAsLong();
    try {
      Optional<NarInfo> info = flight.upstream.narInfo(hashPart, ANSWER);
      if (info.isPresent() && !info.get().path().hashPart().equals(hashPart)) {
        throw new MalformedDataException("narinfo", -1, "is of another path, " + info.get().path());
      }
      health.answered(name, since(asked));
      if (info.isPresent()) {
        vain.found(name);
      } else if (memory.likely(hashPart).filter(other -> !other.equals(name)).isPresent()) {
        vain.absent(name);
      }
      memory.put(hashPart, name, info);
      return info;
    } catch (IOException | FaultException e) {
      health.failed(name, e);
      throw e;
    }
  }

  /** Who refuses connections, or cannot be found, does so again a moment later. */
  private boolean isWorthAnotherTry(Flight flight, Exception e, long begun) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException
          || cause instanceof UnknownHostException
          || cause instanceof BusyException
          || cause instanceof FaultException) {
        return false;
      }
    }
    return flight.admission == Admission.ASK
        && since(begun).compareTo(settings.deadline()) < 0
        && !health.isOpen(flight.upstream.name())
        && isAwaited(flight);
  }

  private synchronized boolean isAwaited(Flight flight) {
    return flight.listeners.stream().anyMatch(inquiry -> !inquiry.isOver());
  }

  private Duration since(long begun) {
    return Duration.ofNanos(clock.getAsLong() - begun);
  }

  @Override
  public List<UpstreamOffer> offers(NarInfo info, Predicate<UpstreamOffer> usable)
      throws InterruptedIOException {
    News news = new News();
    Predicate<List<UpstreamOffer>> enough =
        offers -> of(info, offers).stream().anyMatch(offer -> isThere(offer) && usable.test(offer));
    UpstreamInquiry inquiry = inquire(info.path().hashPart(), enough, news::arrived);
    try {
      while (true) {
        long seen = news.count();
        // Before what came is looked at: once, for it may grow.
        long untilOthers = inquiry.untilOthers();
        long left = Math.min(left(inquiry), untilOthers);
        if (enough.test(inquiry.offers())) {
          return of(info, inquiry.offers());
        }
        if (untilOthers <= 0) {
          inquiry.askOthers();
        } else if (left <= 0) {
          return of(info, inquiry.offers());
        } else {
          news.awaitMoreThan(seen, left);
        }
      }
    } finally {
      inquiry.end();
    }
  }

  @Override
  public List<UpstreamOffer> known(NarInfo info) {
    UpstreamInquiry inquiry = new UpstreamInquiry(health, clock, () -> {});
    inquiry.end();
    recall(info.path().hashPart(), inquiry)
        .forEach(
            upstream ->
                ask(new Question(info.path().hashPart(), upstream.name()), upstream, inquiry));
    return of(info, inquiry.offers());
  }

  private static List<UpstreamOffer> of(NarInfo info, List<UpstreamOffer> offers) {
    return offers.stream().filter(offer -> PeerIndex.isSameObject(offer.theirs(), info)).toList();
  }

  private boolean isThere(UpstreamOffer offer) {
    return !health.isOpen(offer.upstream().name());
  }

  /** Whether one that is not given up said lately that it has an object. */
  boolean isOffered(NarInfo info) {
    return upstreams.stream()
        .filter(upstream -> !health.isOpen(upstream.name()))
        .flatMap(upstream -> memory.said(info.path().hashPart(), upstream.name()).stream())
        .flatMap(said -> said.info().stream())
        .anyMatch(theirs -> PeerIndex.isSameObject(theirs, info));
  }

  /** How many questions are under way. */
  synchronized int underWay() {
    return flights.size();
  }

  /** Forgets that upstreams offer what turned out to be false. */
  void refute(NarInfo info) {
    memory.refute(info);
  }

  /** What is under way on connections of another network does not hold up what comes. */
  synchronized void networkChanged() {
    flights.clear();
    gates.clear();
    health.networkChanged();
    memory.forgetAbsences();
    vain.forget();
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
