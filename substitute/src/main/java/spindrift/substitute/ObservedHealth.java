package spindrift.substitute;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import spindrift.upstream.BusyException;

/**
 * Health as it shows in what sources do.
 *
 * <p>A source that is dead either refuses, which costs a round trip, or is silent, which costs
 * whoever waits for it the whole deadline. So two things open its breaker: some failures in a row,
 * and a silence. Silence is measured for the source and not for a request: from the oldest request
 * that was under way when it last answered anything. A live source may be slow with one request, or
 * have a path that nobody else has, and is waited for up to the deadline as long as it says
 * anything at all. How long a silence has to last is a matter of what is known:
 *
 * <ul>
 *   <li>A source that has never answered since the node started or the network changed may need
 *       some round trips to connect before it can: it is given a whole deadline, once. A live one
 *       that takes longer than that is found out by the probes, which wait longer, and then counts
 *       as slow and not as silent.
 *   <li>One that has answered before is given a second, or eight times what it usually takes where
 *       that is more: what a filled line or a pause of its machine may cost. Giving up sooner would
 *       gain a fraction of a second once, at the price of a path that is said to be absent and is
 *       not.
 * </ul>
 *
 * A breaker that is open lets one request through after a pause that grows with each failure;
 * nobody waits for that one. Safe for use by several threads.
 */
final class ObservedHealth implements SourceHealth {
  private static final System.Logger LOG = System.getLogger(ObservedHealth.class.getName());

  /** Ours: more upstreams and peers than a node has. */
  private static final int MAX_SOURCES = 4096;

  /** Ours: a source that fails now and then should go on being asked. */
  static final int MAX_FAILURES = 5;

  private static final double FIRST_PAUSE = 500e6;
  private static final double LONGEST_PAUSE = 60e9;

  /** Ours: a source that asks for more has to put up with less. */
  private static final Duration LONGEST_BUSY = Duration.ofMinutes(10);

  /** Ours: a probe that did not end in this time is taken for lost. */
  private static final long PROBE_NANOS = Duration.ofSeconds(30).toNanos();

  /** Ours: who gave a wrong NAR once may have a broken disk, or worse, which does not mend soon. */
  private static final long LIE_NANOS = Duration.ofHours(1).toNanos();

  private static final long SILENCE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int SILENCE_FACTOR = 8;

  /** As TCP smooths round trips (RFC 6298). */
  private static final double SMOOTHING = 0.125;

  private static final double DEVIATION_SMOOTHING = 0.25;

  /** Ours: below that a rate says more of the round trip. */
  private static final long MIN_RATED_BYTES = 64 << 10;

  private static final double RATE_MEMORY = 0.7;

  private final long deadlineNanos;
  private final long leastLateNanos;
  private final LongSupplier clock;
  private final DoubleSupplier random;
  private final Runnable recovered;
  private final Bounded<String, State> states = Bounded.ofSize(MAX_SOURCES);

  /** Whether a source may be asked, and waited for. */
  enum Admission {
    ASK,
    /** It may be asked to see whether it is there; nobody waits. */
    PROBE,
    SKIP
  }

  /** What is known of a source; guarded by the lock of the health. Times in nanoseconds. */
  private static final class State {
    private boolean proven;
    private double usual;
    private double deviation;
    private double ratedBytes;
    private double ratedNanos;
    private int failures;
    private boolean open;
    private boolean probing;
    private double pause;
    private long until;
    private boolean busy;
    private long busyUntil;
    private boolean lied;
    private long lieUntil;
    private int underWay;
    private int era;
    private long silentSince;
  }

  /**
   * @param settings of look-ups
   * @param random from 0 to 1, to spread probes
   * @param recovered is told when a source that was given up answers; must not block
   */
  ObservedHealth(
      LookupSettings settings, LongSupplier clock, DoubleSupplier random, Runnable recovered) {
    this.deadlineNanos = settings.deadline().toNanos();
    this.leastLateNanos = settings.late().toNanos();
    this.clock = clock;
    this.random = random;
    this.recovered = recovered;
  }

  /** A request under way. */
  final class Asked implements AutoCloseable {
    private final State state;
    private final int era;
    private boolean ended;

    private Asked(State state) {
      this.state = state;
      this.era = state.era;
    }

    /** Whatever came of it was noted before. */
    @Override
    public void close() {
      synchronized (ObservedHealth.this) {
        if (!ended && era == state.era) {
          state.underWay--;
        }
        ended = true;
      }
    }
  }

  private State state(String source) {
    State known = states.get(source).orElseGet(State::new);
    states.put(source, known);
    return known;
  }

  @Override
  public boolean mayAsk(String source) {
    return admit(source) != Admission.SKIP;
  }

  /** Whether a source may be asked now; of several who ask, one is to probe. */
  synchronized Admission admit(String source) {
    State state = state(source);
    long now = clock.getAsLong();
    if (state.busy && state.busyUntil - now > 0) {
      return Admission.SKIP;
    }
    state.busy = false;
    if (!state.open && isSilent(state, now)) {
      open(source, state, "silent");
    }
    if (!state.open) {
      return Admission.ASK;
    }
    if (state.until - now > 0) {
      return Admission.SKIP;
    }
    state.probing = true;
    state.until = now + PROBE_NANOS;
    return Admission.PROBE;
  }

  /** Whether it was given up, and not found to be there again. */
  synchronized boolean isOpen(String source) {
    State state = state(source);
    return state.open || isSilent(state, clock.getAsLong());
  }

  private boolean isSilent(State state, long now) {
    return state.underWay > 0 && now - state.silentSince >= patience(state);
  }

  private long patience(State state) {
    if (!state.proven) {
      return deadlineNanos;
    }
    double slow = SILENCE_FACTOR * (state.usual + state.deviation);
    return Math.min(deadlineNanos, Math.max(SILENCE_NANOS, (long) slow));
  }

  /** Notes that a request is on its way, until that is closed. */
  synchronized Asked asked(String source) {
    State state = state(source);
    if (state.underWay++ == 0) {
      state.silentSince = clock.getAsLong();
    }
    return new Asked(state);
  }

  /**
   * For how many nanoseconds one who waits for nothing else should go on waiting for an answer of a
   * source that was asked: zero when it is silent.
   */
  synchronized long worthWaiting(String source) {
    State state = state(source);
    return state.open ? 0 : Math.max(0, patience(state) - (clock.getAsLong() - state.silentSince));
  }

  /** Whether it has answered since the start, or since the network changed. */
  synchronized boolean isProven(String source) {
    return state(source).proven;
  }

  /** How long the source usually takes to answer; empty if it has not answered yet. */
  synchronized OptionalLong usualNanos(String source) {
    State state = state(source);
    return state.proven && !state.open ? OptionalLong.of((long) state.usual) : OptionalLong.empty();
  }

  /**
   * After how many nanoseconds without an answer others should be asked what this one is the best
   * to ask: when it takes much longer than it usually does, and no more than a quarter of the
   * deadline.
   */
  synchronized long lateNanos(String source) {
    State state = state(source);
    long late = (long) (2 * state.usual + 4 * state.deviation);
    return Math.min(deadlineNanos / 4, Math.max(leastLateNanos, late));
  }

  @Override
  public void answered(String source, Duration took) {
    boolean back;
    synchronized (this) {
      State state = state(source);
      double nanos = took.toNanos();
      if (state.proven) {
        state.deviation += DEVIATION_SMOOTHING * (Math.abs(nanos - state.usual) - state.deviation);
        state.usual += SMOOTHING * (nanos - state.usual);
      } else {
        state.usual = nanos;
        state.deviation = nanos / 2;
        state.proven = true;
      }
      back = isThere(source, state);
    }
    if (back) {
      recovered.run();
    }
  }

  /** Whether it was thought to be gone. */
  private boolean isThere(String source, State state) {
    boolean back = state.open;
    state.silentSince = clock.getAsLong();
    state.failures = 0;
    state.open = false;
    state.probing = false;
    state.pause = 0;
    if (back) {
      LOG.log(Level.INFO, "source-back name={0}", source);
    }
    return back;
  }

  @Override
  public void transferred(String source, long bytes, Duration took) {
    boolean back;
    synchronized (this) {
      State state = state(source);
      if (bytes >= MIN_RATED_BYTES) {
        state.ratedBytes = RATE_MEMORY * state.ratedBytes + bytes;
        state.ratedNanos = RATE_MEMORY * state.ratedNanos + Math.max(1, took.toNanos());
      }
      back = bytes > 0 && isThere(source, state);
    }
    if (back) {
      recovered.run();
    }
  }

  @Override
  public synchronized void failed(String source, Exception why) {
    State state = state(source);
    if (why instanceof BusyException busy) {
      Duration asked = busy.pause().orElse(Duration.ofNanos((long) grown(state)));
      Duration pause = asked.compareTo(LONGEST_BUSY) < 0 ? asked : LONGEST_BUSY;
      state.pause = grown(state);
      state.busy = true;
      state.busyUntil = clock.getAsLong() + pause.toNanos();
      state.probing = false;
      return;
    }
    state.failures++;
    // Of many requests under way the first failures open it; the others say nothing new.
    if (state.open ? state.probing : state.failures >= MAX_FAILURES) {
      open(source, state, String.valueOf(why.getMessage()));
    }
  }

  private static double grown(State state) {
    return state.pause == 0 ? FIRST_PAUSE : Math.min(LONGEST_PAUSE, 2 * state.pause);
  }

  private void open(String source, State state, String why) {
    if (!state.open) {
      LOG.log(Level.INFO, "source-away name={0} why=\"{1}\"", source, why);
    }
    state.open = true;
    state.probing = false;
    // What is under way now tells nothing about what is asked later.
    state.underWay = 0;
    state.era++;
    state.pause = grown(state);
    state.until = clock.getAsLong() + (long) (state.pause * (0.8 + 0.4 * random.getAsDouble()));
  }

  @Override
  public synchronized void lied(String source) {
    State state = state(source);
    state.lied = true;
    state.lieUntil = clock.getAsLong() + LIE_NANOS;
  }

  @Override
  public synchronized boolean hasLied(String source) {
    State state = state(source);
    state.lied = state.lied && state.lieUntil - clock.getAsLong() > 0;
    return state.lied;
  }

  @Override
  public synchronized OptionalLong usualRate(String source) {
    State state = state(source);
    return state.ratedNanos == 0
        ? OptionalLong.empty()
        : OptionalLong.of((long) (state.ratedBytes / state.ratedNanos * 1e9));
  }

  /** Who lied is no better, what asked to be left alone still does, and rates are a good guess. */
  @Override
  public synchronized void networkChanged() {
    states.replaceAll(ObservedHealth::onAnotherNetwork);
  }

  private static State onAnotherNetwork(State before) {
    State state = new State();
    state.ratedBytes = before.ratedBytes;
    state.ratedNanos = before.ratedNanos;
    state.busy = before.busy;
    state.busyUntil = before.busyUntil;
    state.lied = before.lied;
    state.lieUntil = before.lieUntil;
    return state;
  }
}
