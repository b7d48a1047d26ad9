package spindrift.substitute;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import spindrift.nix.StorePath;

/**
 * Paths that may become valid, each asked about at once or soon, then less and less often for a
 * day. For one thread.
 */
final class PendingPaths {
  /** Ours: paths that builds and copies under way may be writing. */
  static final int MAX_PATHS = 8192;

  /** Ours: paths asked about in one question. */
  static final int MAX_DUE = 1024;

  private static final long FIRST_WAIT = Duration.ofMillis(500).toNanos();
  private static final long LONGEST_WAIT = Duration.ofMinutes(2).toNanos();
  private static final long GIVE_UP = Duration.ofDays(1).toNanos();

  private final LongSupplier nanoTime;
  private final Map<StorePath, Entry> entries = new LinkedHashMap<>();

  /**
   * One path, times in nanoseconds.
   *
   * @param at when it is asked about
   * @param pause how long after that it is asked about again
   */
  private record Entry(long since, long at, long pause) {}

  PendingPaths(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Adds a path whose files have appeared; false when there are too many. */
  boolean addSoon(StorePath path) {
    long now = nanoTime.getAsLong();
    return add(path, new Entry(now, now + FIRST_WAIT, FIRST_WAIT));
  }

  /** Adds a path that should be valid; false when there are too many. */
  boolean addNow(StorePath path) {
    entries.remove(path);
    long now = nanoTime.getAsLong();
    return add(path, new Entry(now, now, FIRST_WAIT));
  }

  private boolean add(StorePath path, Entry entry) {
    if (entries.size() >= MAX_PATHS && !entries.containsKey(path)) {
      return false;
    }
    entries.putIfAbsent(path, entry);
    return true;
  }

  void remove(StorePath path) {
    entries.remove(path);
  }

  /** Some of the paths to be asked about now; they will be again unless they are removed. */
  Set<StorePath> due() {
    long now = nanoTime.getAsLong();
    Set<StorePath> due = new LinkedHashSet<>();
    for (Map.Entry<StorePath, Entry> each : entries.entrySet()) {
      Entry entry = each.getValue();
      if (due.size() < MAX_DUE && entry.at - now <= 0) {
        due.add(each.getKey());
        long wait = Math.min(2 * entry.pause, LONGEST_WAIT);
        each.setValue(new Entry(entry.since, now + entry.pause, wait));
      }
    }
    entries.values().removeIf(entry -> now - entry.since > GIVE_UP);
    return due;
  }

  /** Nanoseconds until the next path is due, at most some; never negative. */
  long waitNanos(long most) {
    long now = nanoTime.getAsLong();
    long wait = most;
    for (Entry entry : entries.values()) {
      wait = Math.min(wait, entry.at - now);
    }
    return Math.max(0, wait);
  }
}
