package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class VainQuestionsTest {
  private final AtomicLong now = new AtomicLong();
  private final VainQuestions questions = new VainQuestions(now::get);

  @BeforeEach
  void hadNothing() {
    for (int number = 0; number < VainQuestions.MANY; number++) {
      assertThat(questions.isWorthAsking("one")).isTrue();
      questions.absent("one");
    }
  }

  private long asked(int paths) {
    return IntStream.range(0, paths).filter(_ -> questions.isWorthAsking("one")).count();
  }

  @Test
  void whoHadNothingIsAskedNowAndThen() {
    assertThat(asked(10 * VainQuestions.ONE_IN)).isEqualTo(10);
    assertThat(questions.isWorthAsking("another")).isTrue();
  }

  @Test
  void whoHasSomethingIsAskedForAll() {
    questions.found("one");
    assertThat(asked(100)).isEqualTo(100);
  }

  @Test
  void allAreAskedWhereWhatOthersSayDoesNotSuffice() {
    questions.forget();
    assertThat(asked(100)).isEqualTo(100);
  }

  @Test
  void itCountsNoLongerThanAnAbsence() {
    now.addAndGet(Duration.ofSeconds(11).toNanos());
    assertThat(asked(100)).isEqualTo(100);
    questions.absent("one");
    assertThat(asked(100)).isEqualTo(100);
  }
}
