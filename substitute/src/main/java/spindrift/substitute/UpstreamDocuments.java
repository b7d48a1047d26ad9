package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.catalog.DocumentPolicy;
import spindrift.catalog.DocumentPolicy.Said;
import spindrift.catalog.KeptDocuments;
import spindrift.p2p.PeerId;
import spindrift.upstream.Upstream;

/**
 * Small files of others that are no store objects: what passed lately is kept. Realisations, which
 * are signed, come from connected peers as well, all others from upstreams alone. Small ones are
 * asked of all upstreams at once; of those that may be large the next upstream is asked when the
 * one before has not got it, or is slow. Safe for use by several threads.
 */
final class UpstreamDocuments {
  private static final System.Logger LOG = System.getLogger(UpstreamDocuments.class.getName());

  /** Ours: realisations have some hundred bytes, listings some MB; all may come at once. */
  static final int SMALL = 1 << 20;

  /** Ours: so many bytes may come from one upstream; build logs beyond are read elsewhere. */
  static final int MAX_BYTES = 8 << 20;

  /** Ours: memory for what comes, in units of {@link #SMALL}: three large ones, or many others. */
  private static final int MEMORY = 32;

  /** Ours: small files mostly are much smaller than they may be. */
  private static final int SMALL_COST = 1;

  /** Ours: how long a large file may take once it has begun to come. */
  private static final Duration TRANSFER = Duration.ofSeconds(30);

  /** Ours: as long as the next upstream of a large file waits for the one before. */
  private static final long STAGGER = Duration.ofMillis(300).toNanos();

  /** The name of what was kept, as a source. */
  private static final String KEPT = "kept";

  /** Ours: names that nobody had lately. */
  private static final int MAX_ABSENT = 4096;

  private final Optional<PeerLookup> near;
  private final List<Upstream> upstreams;
  private final ObservedHealth health;
  private final KeptDocuments kept;
  private final DocumentPolicy policy;
  private final LookupSettings settings;
  private final LongSupplier clock;
  private final Semaphore memory = new Semaphore(MEMORY, true);
  private final Map<String, Fetch> under = new HashMap<>();
  private final Bounded<String, Long> absentUntil = Bounded.ofSize(MAX_ABSENT);

  /** How often somebody has come so far. */
  private long era;

  UpstreamDocuments(
      Optional<PeerLookup> near,
      List<Upstream> upstreams,
      ObservedHealth health,
      KeptDocuments kept,
      DocumentPolicy policy,
      LookupSettings settings,
      LongSupplier clock) {
    this.near = near;
    this.upstreams = List.copyOf(upstreams);
    this.health = health;
    this.kept = kept;
    this.policy = policy;
    this.settings = settings;
    this.clock = clock;
  }

  /** One document on its way; guarded by itself. */
  private static final class Fetch {
    final String name;
    final int maxBytes;
    final DocumentForm form;
    final long begunIn;
    final News news = new News();
    final CountDownLatch done = new CountDownLatch(1);
    volatile Optional<Bytes> found = Optional.empty();
    volatile boolean failed;
    private final List<Said> said = new ArrayList<>();
    private int pending;

    Fetch(String name, int maxBytes, DocumentForm form, long begunIn) {
      this.name = name;
      this.maxBytes = maxBytes;
      this.form = form;
      this.begunIn = begunIn;
    }

    /** All that was said so far. */
    synchronized List<Said> add(Said one) {
      said.add(one);
      return List.copyOf(said);
    }

    synchronized void begun() {
      pending++;
    }

    void ended() {
      synchronized (this) {
        pending--;
      }
      news.arrived();
    }

    synchronized int pending() {
      return pending;
    }

    boolean isSmall() {
      return maxBytes <= SMALL;
    }
  }

  /**
   * A document, of an upstream or as it was kept.
   *
   * @param maxBytes larger ones are absent, as are those over {@link #MAX_BYTES}
   */
  Optional<Bytes> find(String name, int maxBytes, DocumentForm form) throws InterruptedIOException {
    Optional<Bytes> here = kept(name, form);
    if (here.isPresent() || (upstreams.isEmpty() && tellers(name).isEmpty())) {
      return here;
    }
    Fetch fetch;
    synchronized (this) {
      long now = clock.getAsLong();
      if (absentUntil.get(name).filter(until -> until - now > 0).isPresent()) {
        return Optional.empty();
      }
      fetch = under.get(name);
      if (fetch == null) {
        Fetch begun = new Fetch(name, Math.min(maxBytes, MAX_BYTES), form, era);
        under.put(name, begun);
        Thread.ofVirtual().name("document").start(() -> run(begun));
        fetch = begun;
      }
    }
    try {
      fetch.done.await(2 * TRANSFER.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while upstreams were asked");
    }
    return fetch.found;
  }

  private Optional<Bytes> kept(String name, DocumentForm form) {
    try {
      Optional<Bytes> here = kept.find(name);
      if (here.isPresent()) {
        form.check(here.get());
        return passed(name, List.of(new Said(KEPT, here.get())));
      }
      return here;
    } catch (IOException | FaultException e) {
      LOG.log(Level.WARNING, "cannot use kept name={0} why=\"{1}\"", name, e.getMessage());
      return Optional.empty();
    }
  }

  /** What may be used of that which sources say; signatures of several count together. */
  private Optional<Bytes> passed(String name, List<Said> said) {
    return switch (policy.accept(name, said)) {
      case DocumentPolicy.Decision.Passed(Bytes content, List<String> _) -> Optional.of(content);
      case DocumentPolicy.Decision.Withheld(List<String> reasons) -> {
        LOG.log(Level.DEBUG, "withhold name={0} why={1}", name, reasons);
        yield Optional.empty();
      }
    };
  }

  private void run(Fetch fetch) {
    int cost = fetch.isSmall() ? SMALL_COST : MAX_BYTES / SMALL;
    memory.acquireUninterruptibly(cost);
    try {
      fetch.found = kept(fetch.name, fetch.form); // another may have ended since it was looked for
      if (fetch.found.isEmpty()) {
        race(fetch);
        keep(fetch);
      }
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.WARNING, "cannot get name={0} why=\"{1}\"", fetch.name, e.getMessage());
    } finally {
      memory.release(cost);
      synchronized (this) {
        under.remove(fetch.name, fetch);
      }
      fetch.done.countDown();
    }
  }

  private void race(Fetch fetch) throws InterruptedIOException {
    List<Upstream> left = new ArrayList<>(askable(fetch));
    for (PeerId peer : tellers(fetch.name)) {
      start(fetch, () -> ask(fetch, peer));
    }
    long begun = clock.getAsLong();
    long patience = (fetch.isSmall() ? settings.deadline() : TRANSFER).toNanos();
    long nextAt = begun;
    while (true) {
      long seen = fetch.news.count();
      long now = clock.getAsLong();
      while (fetch.found.isEmpty()
          && !left.isEmpty()
          && (fetch.isSmall() || fetch.pending() == 0 || nextAt - now <= 0)) {
        Upstream upstream = left.removeFirst();
        start(fetch, () -> ask(fetch, upstream));
        nextAt = now + STAGGER;
      }
      long rest = patience - (now - begun);
      if (fetch.found.isPresent() || rest <= 0 || (fetch.pending() == 0 && left.isEmpty())) {
        fetch.failed |= rest <= 0;
        return;
      }
      fetch.news.awaitMoreThan(seen, left.isEmpty() ? rest : Math.min(rest, nextAt - now));
    }
  }

  private List<Upstream> askable(Fetch fetch) {
    List<Upstream> askable =
        upstreams.stream()
            .filter(upstream -> !health.isOpen(upstream.name()) && health.mayAsk(upstream.name()))
            .sorted(Comparator.comparingInt(Upstream::priority))
            .toList();
    fetch.failed = askable.size() < upstreams.size();
    return askable;
  }

  /** Peers that may know a document of this name, and are there to tell. */
  private List<PeerId> tellers(String name) {
    return DocumentPolicy.isSigned(name)
        ? near.map(PeerLookup::awaited).orElse(List.of())
        : List.of();
  }

  private static void start(Fetch fetch, Runnable asking) {
    fetch.begun();
    Thread.ofVirtual().name("document").start(asking);
  }

  private void ask(Fetch fetch, PeerId peer) {
    PeerLookup lookup = near.orElseThrow();
    long begun = clock.getAsLong();
    try {
      Optional<Bytes> found = lookup.peers().realisation(peer, fetch.name, settings.deadline());
      if (found.isPresent()) {
        said(fetch, peer.toString(), found.get());
      }
    } catch (AbsentException e) {
      LOG.log(Level.DEBUG, "no realisations peer={0}", peer.brief());
    } catch (IOException | FaultException e) {
      fetch.failed = true;
      // Who refuses at once keeps nobody waiting.
      if (clock.getAsLong() - begun >= settings.late().toNanos()) {
        lookup.failed(peer);
      }
      LOG.log(
          Level.DEBUG,
          "not told name={0} peer={1} why=\"{2}\"",
          fetch.name,
          peer.brief(),
          e.getMessage());
    } catch (InterruptedException | RuntimeException e) {
      fetch.failed = true;
      LOG.log(Level.ERROR, "asking for a document failed", e);
    } finally {
      fetch.ended();
    }
  }

  private void said(Fetch fetch, String source, Bytes content) throws FaultException {
    fetch.form.check(content);
    List<Said> said = fetch.add(new Said(source, content));
    Optional<Bytes> passed = passed(fetch.name, said);
    if (passed.isPresent()) {
      fetch.found = passed;
    }
  }

  private void ask(Fetch fetch, Upstream upstream) {
    long begun = clock.getAsLong();
    try {
      Optional<Bytes> found = upstream.document(fetch.name, fetch.maxBytes, TRANSFER);
      if (fetch.isSmall()) {
        health.answered(upstream.name(), Duration.ofNanos(clock.getAsLong() - begun));
      }
      if (found.isPresent()) {
        said(fetch, upstream.name(), found.get());
      }
    } catch (LimitExceededException e) {
      LOG.log(Level.DEBUG, "too-large name={0} upstream={1}", fetch.name, upstream.name());
    } catch (IOException e) {
      fetch.failed = true;
      health.failed(upstream.name(), e);
    } catch (FaultException e) {
      LOG.log(
          Level.WARNING,
          "refuse name={0} upstream={1} why=\"{2}\"",
          fetch.name,
          upstream.name(),
          e.getMessage());
    } catch (RuntimeException e) {
      fetch.failed = true;
      LOG.log(Level.ERROR, "asking for a document failed", e);
    } finally {
      fetch.ended();
    }
  }

  private void keep(Fetch fetch) throws IOException {
    if (fetch.found.isPresent()) {
      kept.put(fetch.name, fetch.found.get());
    } else if (!fetch.failed) {
      synchronized (this) {
        if (fetch.begunIn == era) {
          absentUntil.put(fetch.name, clock.getAsLong() + settings.absence().toNanos());
        }
      }
    }
  }

  /** Forgets what nobody had: somebody has come, or come back. */
  synchronized void forgetAbsences() {
    era++;
    absentUntil.clear();
  }
}
