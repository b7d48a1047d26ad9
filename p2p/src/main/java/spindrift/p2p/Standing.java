package spindrift.p2p;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How those stand whom we have to do with: points are taken for misbehaviour, time gives them back,
 * and who has lost too many is banned for a while.
 *
 * <p>Safe for use by several threads; the lock is this object.
 *
 * @param <K> peers, or addresses
 */
final class Standing<K> {
  /** Below this score one is banned; see {@link Misbehaviour}. */
  static final int MIN_SCORE = -100;

  /** Ours: so many are remembered; who was told of longest ago is forgotten first. */
  static final int MAX_REMEMBERED = 4096;

  /** Longer than any machine runs, and well within the range of the clock. */
  private static final Duration FOR_EVER = Duration.ofDays(10 * 365);

  /** Ours: a stall is forgiven in half a minute, a violation in five. */
  private static final double POINTS_PER_SECOND = 1.0 / 6;

  private final Map<K, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private final Duration banTime;
  private final LongSupplier nanoClock;

  /**
   * @param banTime how long one is banned whose score fell too low
   * @param nanoClock like {@link System#nanoTime}
   */
  Standing(Duration banTime, LongSupplier nanoClock) {
    this.banTime = banTime;
    this.nanoClock = nanoClock;
  }

  /** Takes points away; whether that led to a ban. */
  synchronized boolean penalise(K who, int points) {
    long now = nanoClock.getAsLong();
    Entry entry = remembered(who, now);
    entry.score = entry.scoreAt(now) - points;
    entry.scoredAt = now;
    if (entry.score >= MIN_SCORE) {
      return false;
    }
    // The ban is the punishment; who comes back after it starts anew.
    entry.score = 0;
    entry.banUntil(now, banTime);
    return true;
  }

  synchronized void ban(K who, Duration time) {
    long now = nanoClock.getAsLong();
    remembered(who, now).banUntil(now, time);
  }

  synchronized boolean banned(K who) {
    Entry entry = entries.get(who);
    return entry != null && entry.bannedAt(nanoClock.getAsLong());
  }

  /** 0 for one that behaved, less for others. */
  synchronized int score(K who) {
    Entry entry = entries.get(who);
    return entry == null ? 0 : (int) Math.floor(entry.scoreAt(nanoClock.getAsLong()));
  }

  private Entry remembered(K who, long now) {
    Entry entry = entries.computeIfAbsent(who, _ -> new Entry(now));
    if (entries.size() > MAX_REMEMBERED) {
      entries.remove(entries.keySet().iterator().next());
    }
    return entry;
  }

  private static final class Entry {
    double score;
    long scoredAt;
    long bannedUntil;

    Entry(long now) {
      scoredAt = now;
      bannedUntil = now;
    }

    double scoreAt(long now) {
      return Math.min(0, score + (now - scoredAt) / 1e9 * POINTS_PER_SECOND);
    }

    boolean bannedAt(long now) {
      return bannedUntil - now > 0;
    }

    void banUntil(long now, Duration time) {
      long until = now + (time.compareTo(FOR_EVER) < 0 ? time : FOR_EVER).toNanos();
      if (until - bannedUntil > 0) {
        bannedUntil = until;
      }
    }
  }
}
