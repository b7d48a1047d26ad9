package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class StandingTest {
  private static final Duration BAN = Duration.ofMinutes(10);

  private long now = -5;
  private final Standing<String> standing = new Standing<>(BAN, () -> now);

  @Test
  void oneThatBehavesHasNoPointsAndIsNotBanned() {
    assertThat(standing.score("a")).isZero();
    assertThat(standing.banned("a")).isFalse();
  }

  @Test
  void timeGivesPointsBack() {
    standing.penalise("a", 10);
    assertThat(standing.score("a")).isEqualTo(-10);
    pass(Duration.ofSeconds(30));
    assertThat(standing.score("a")).isEqualTo(-5);
    pass(Duration.ofDays(1));
    assertThat(standing.score("a")).isZero();
  }

  @Test
  void whoFallsTooLowIsBannedForAWhile() {
    assertThat(standing.penalise("a", 50)).isFalse();
    assertThat(standing.penalise("a", 50)).isFalse();
    assertThat(standing.penalise("a", 5)).isTrue();
    assertThat(standing.banned("a")).isTrue();
    assertThat(standing.banned("b")).isFalse();
    pass(BAN.minusSeconds(1));
    assertThat(standing.banned("a")).isTrue();
    pass(Duration.ofSeconds(1));
    assertThat(standing.banned("a")).isFalse();
    assertThat(standing.score("a")).isZero();
  }

  @Test
  void aLieIsEnoughForABan() {
    assertThat(standing.penalise("a", Misbehaviour.LIE.cost())).isTrue();
  }

  @Test
  void aShortBanDoesNotEndALongOne() {
    standing.ban("a", Duration.ofHours(1));
    standing.ban("a", Duration.ofSeconds(1));
    pass(Duration.ofMinutes(59));
    assertThat(standing.banned("a")).isTrue();
  }

  @Test
  void aBanMayBeForEver() {
    standing.ban("a", Duration.ofSeconds(Long.MAX_VALUE));
    pass(Duration.ofDays(365));
    assertThat(standing.banned("a")).isTrue();
  }

  @Test
  void remembersSoManyAndNoMore() {
    standing.ban("first", BAN);
    for (int i = 0; i < Standing.MAX_REMEMBERED; i++) {
      standing.penalise("other " + i, 1);
    }
    assertThat(standing.banned("first")).isFalse();
    assertThat(standing.score("other " + (Standing.MAX_REMEMBERED - 1))).isEqualTo(-1);
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }
}
