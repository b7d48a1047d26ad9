package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import spindrift.base.FaultException;
import spindrift.catalog.BinaryCache;
import spindrift.nix.NarInfo;
import spindrift.nix.StorePath;

/**
 * Looks narinfos up before a client asks for them: those of what a path refers to, breadth first,
 * as long as a client goes on asking. A client that asks path by path would else wait for a round
 * trip at each. Safe for use by several threads.
 */
final class LookAhead {
  private static final System.Logger LOG = System.getLogger(LookAhead.class.getName());

  /** Ours: half of what an upstream is asked at once, so that a client does not stand in line. */
  static final int MAX_AT_ONCE = 32;

  /** Ours: more than the paths of a large system. */
  static final int MAX_PATHS = 1 << 14;

  /** Ours: a client that is still at work asks more often than that. */
  private static final long IDLE_NANOS = Duration.ofSeconds(10).toNanos();

  /** Ours: what came in the meantime is as well had from elsewhere. */
  private static final long ABSENT_NANOS = Duration.ofSeconds(2).toNanos();

  private final NarInfoFinder finder;
  private final BinaryCache here;
  private final LookupSettings settings;
  private final LongSupplier clock;
  private final Deque<StorePath> waiting = new ArrayDeque<>();
  private final Set<String> seen = new LinkedHashSet<>();
  private final Bounded<String, Long> absentAt = Bounded.ofSize(MAX_PATHS);
  private int running;
  private long askedAt;

  LookAhead(NarInfoFinder finder, BinaryCache here, LookupSettings settings, LongSupplier clock) {
    this.finder = finder;
    this.here = here;
    this.settings = settings;
    this.clock = clock;
  }

  /** Notes that a client was given a narinfo. */
  synchronized void given(NarInfo info) {
    if (settings.lookAhead() == LookupSettings.LookAhead.OFF) {
      return;
    }
    long now = clock.getAsLong();
    if (now - askedAt > IDLE_NANOS) {
      seen.clear(); // what was there then may be gone
      waiting.clear();
    }
    askedAt = now;
    seen.add(info.path().hashPart());
    add(info);
  }

  /** Whether it was looked for here a moment ago, and was not. */
  synchronized boolean wasAbsentHere(String hashPart) {
    return absentAt.get(hashPart).filter(at -> clock.getAsLong() - at < ABSENT_NANOS).isPresent();
  }

  private synchronized void absentHere(StorePath path) {
    absentAt.put(path.hashPart(), clock.getAsLong());
  }

  /** How many are looked up, or wait for it. */
  synchronized int underWay() {
    return running + waiting.size();
  }

  private void add(NarInfo info) {
    for (StorePath reference : info.references()) {
      if (seen.size() < MAX_PATHS && seen.add(reference.hashPart())) {
        waiting.add(reference);
      }
    }
    while (running < MAX_AT_ONCE && !waiting.isEmpty()) {
      StorePath next = waiting.remove();
      running++;
      Thread.ofVirtual().name("look ahead").start(() -> work(next));
    }
  }

  private void work(StorePath first) {
    try {
      for (Optional<StorePath> path = Optional.of(first); path.isPresent(); path = next()) {
        Optional<NarInfo> found = look(path.get());
        synchronized (this) {
          found.ifPresent(this::add);
        }
      }
    } catch (InterruptedIOException | RuntimeException e) {
      LOG.log(Level.ERROR, "looking ahead failed", e);
      synchronized (this) {
        running--;
      }
    }
  }

  private synchronized Optional<StorePath> next() {
    if (clock.getAsLong() - askedAt > IDLE_NANOS) {
      waiting.clear();
    }
    Optional<StorePath> next = Optional.ofNullable(waiting.poll());
    if (next.isEmpty()) {
      running--;
    }
    return next;
  }

  /** Nix does not ask for what is in its store, nor for what that refers to. */
  private Optional<NarInfo> look(StorePath path) throws InterruptedIOException {
    try {
      if (here.isPresent(path)) {
        return Optional.empty();
      }
      absentHere(path);
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "cannot look here path={0} why={1}", path, e.getMessage());
    }
    return finder.find(path.hashPart());
  }
}
