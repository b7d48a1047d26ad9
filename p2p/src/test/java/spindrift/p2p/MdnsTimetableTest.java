package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MdnsTimetableTest {
  private static final long MILLI = 1_000_000;

  /** Nanoseconds may be negative, and may overflow. */
  private static final long START = Long.MAX_VALUE - 10_000 * MILLI;

  private final MdnsTimetable timetable = new MdnsTimetable(START);

  @Test
  void asksQuicklyAtFirstAndThenRarely() {
    List<Long> asked = new ArrayList<>();
    for (long millis = 0; millis < 300_000; millis += 250) {
      if (timetable.asks(START + millis * MILLI)) {
        asked.add(millis);
      }
    }
    assertThat(asked)
        .containsExactly(
            0L, 250L, 1000L, 3000L, 7000L, 15000L, 31000L, 63000L, 123000L, 183000L, 243000L);
  }

  @Test
  void answersAtOnceAndThenAFewTimesASecond() {
    List<DnsMessage.Question> questions = MdnsService.QUERY.questions();
    assertThat(timetable.answers(START)).isEmpty();
    timetable.answerSoon(questions);
    timetable.answerSoon(questions);
    assertThat(timetable.answers(START)).isEqualTo(questions);
    assertThat(timetable.answers(START)).isEmpty();

    timetable.answerSoon(questions);
    assertThat(timetable.answers(START + 249 * MILLI)).isEmpty();
    timetable.asks(START);
    assertThat(timetable.next()).isEqualTo(START + 250 * MILLI);
    assertThat(timetable.answers(START + 250 * MILLI)).isEqualTo(questions);
  }

  @Test
  void remembersFewQuestions() {
    timetable.answerSoon(
        IntStream.range(0, 1000)
            .mapToObj(
                type ->
                    new DnsMessage.Question(MdnsService.SERVICE, type, DnsMessage.Reply.MULTICAST))
            .toList());
    assertThat(timetable.answers(START)).hasSize(8);
  }
}
