package spindrift.p2p;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * When to ask and to answer on one network. All times are of {@link System#nanoTime}. Its owner
 * holds a lock.
 */
final class MdnsTimetable {
  /** Ours: at once, and again quickly, since packets get lost and others are just starting. */
  private static final List<Duration> FIRST_PAUSES =
      List.of(Duration.ofMillis(250), Duration.ofMillis(750));

  /** Ours: then each pause is twice the one before, up to this. */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

  /**
   * Ours: one answer to all who asked since the last. The standard's is a second for each record; a
   * machine that has just joined need not wait that long.
   */
  private static final Duration BETWEEN_ANSWERS = Duration.ofMillis(250);

  /** Ours: different questions that one answer is for. */
  private static final int MAX_QUESTIONS = 8;

  private final Set<DnsMessage.Question> questions = new LinkedHashSet<>();
  private long askAt;
  private int asked;
  private long answerFrom;

  MdnsTimetable(long now) {
    askAt = now;
    answerFrom = now;
  }

  /** The time by which something is due. */
  long next() {
    return questions.isEmpty() || askAt - answerFrom < 0 ? askAt : answerFrom;
  }

  /** Whether to ask now; if so, the next time is set. */
  boolean asks(long now) {
    if (askAt - now > 0) {
      return false;
    }
    askAt = now + pause(asked++).toNanos();
    return true;
  }

  private static Duration pause(int number) {
    if (number < FIRST_PAUSES.size()) {
      return FIRST_PAUSES.get(number);
    }
    long seconds = 1L << Math.min(30, number - FIRST_PAUSES.size() + 1);
    return seconds < LONGEST_PAUSE.toSeconds() ? Duration.ofSeconds(seconds) : LONGEST_PAUSE;
  }

  /** Has these questions answered soon. */
  void answerSoon(List<DnsMessage.Question> asked) {
    for (DnsMessage.Question question : asked) {
      if (questions.size() < MAX_QUESTIONS) {
        questions.add(question);
      }
    }
  }

  /** The questions to answer now, each once; empty where it is not time. */
  List<DnsMessage.Question> answers(long now) {
    if (questions.isEmpty() || answerFrom - now > 0) {
      return List.of();
    }
    List<DnsMessage.Question> due = new ArrayList<>(questions);
    questions.clear();
    answerFrom = now + BETWEEN_ANSWERS.toNanos();
    return due;
  }

  /** Milliseconds from one time to another, rounded up, at least 1. */
  static long millis(long from, long to) {
    return Math.max(1, TimeUnit.NANOSECONDS.toMillis(to - from) + 1);
  }
}
