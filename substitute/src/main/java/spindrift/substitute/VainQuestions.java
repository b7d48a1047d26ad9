package spindrift.substitute;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Who was asked in vain: which upstreams have had nothing lately of what others were likely to
 * have, and had. A closure is many questions, and one that is preferred to those who have it would
 * be asked all of them. Such a one is asked for one path in so many, and for all again as soon as
 * it has one of them, as what others say does not suffice, or as a path is asked for of which
 * nobody can be expected to have it. Safe for use by several threads.
 */
final class VainQuestions {
  /** Ours: as many paths in a row as a cache hardly lacks that has some of a closure. */
  static final int MANY = 16;

  /** Ours: three questions in a hundred cost little, and find out who has but a part. */
  static final int ONE_IN = 32;

  /**
   * Ours: as long as it counts that nobody has a path, and more than a client rests at its work.
   */
  private static final long LIFE_NANOS = Duration.ofSeconds(10).toNanos();

  private final LongSupplier clock;
  private final Map<String, Streak> streaks = new HashMap<>();

  /** Absences in a row; guarded by the lock of the questions. */
  private static final class Streak {
    private int absences;
    private int spared;
    private long lastAt;
  }

  VainQuestions(LongSupplier clock) {
    this.clock = clock;
  }

  /** Whether an upstream is to be asked for one more path that another is likely to have. */
  synchronized boolean isWorthAsking(String upstream) {
    Streak streak = streaks.get(upstream);
    if (streak == null || streak.absences < MANY || isOld(streak)) {
      return true;
    }
    streak.spared++;
    return streak.spared % ONE_IN == 0;
  }

  /** Notes that an upstream did not have a path that another was likely to have. */
  synchronized void absent(String upstream) {
    Streak streak = streaks.computeIfAbsent(upstream, _ -> new Streak());
    streak.absences = isOld(streak) ? 1 : streak.absences + 1;
    streak.lastAt = clock.getAsLong();
  }

  private boolean isOld(Streak streak) {
    return streak.absences > 0 && clock.getAsLong() - streak.lastAt > LIFE_NANOS;
  }

  synchronized void found(String upstream) {
    streaks.remove(upstream);
  }

  /** All are asked again. */
  synchronized void forget() {
    streaks.clear();
  }
}
