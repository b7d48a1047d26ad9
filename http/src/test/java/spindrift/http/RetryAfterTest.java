package spindrift.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0|0",
        "7|7",
        " 120 |120",
        "999999999|600",
        "Sat, 21 Nov 2026 12:00:30 GMT|30",
        "Fri, 20 Nov 2026 12:00:30 GMT|0",
        "Sun, 21 Nov 2027 12:00:30 GMT|600",
      })
  void isBounded(String value, long seconds) {
    assertThat(RetryAfter.parse(value, NOW)).contains(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "soon", "1.5", "99999999999", "Sat, 41 Nov 2026 12:00:30 GMT"})
  void isPassedOverWhenItIsNone(String value) {
    assertThat(RetryAfter.parse(value, NOW)).isEmpty();
  }

  @Test
  void bearsDatesOutOfThisWorld() {
    assertThat(RetryAfter.parse("Sat, 01 Jan 999999999 00:00:00 GMT", NOW)).isEmpty();
  }
}
