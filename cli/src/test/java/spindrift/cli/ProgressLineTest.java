package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
  private static final String CLEAR = "\r\033[K";
  private static final long MB = 1_000_000;

  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private long millis;
  private final ProgressLine line =
      new ProgressLine(
          new PrintStream(screen, true, StandardCharsets.UTF_8), () -> millis * 1_000_000);

  private String shown() {
    String text = screen.toString(StandardCharsets.UTF_8);
    screen.reset();
    return text;
  }

  @Test
  void isQuietDuringTheFirstSecond() {
    for (millis = 0; millis < 1000; millis += 50) {
      line.report(millis, 1000, "x");
    }
    line.clear();
    assertThat(shown()).isEmpty();
  }

  @Test
  void tellsHowFarHowFastAndHowLong() {
    line.report(0, 100 * MB, "hello-2.12");
    millis = 2000;
    line.report(20 * MB, 100 * MB, "hello-2.12");
    assertThat(shown())
        .isEqualTo(CLEAR + "20%  20.0 MB of 100 MB  10.0 MB/s  8 s left  hello-2.12");
  }

  @Test
  void isRedrawnInPlaceAndNotTooOften() {
    for (millis = 0; millis < 3000; millis += 10) {
      line.report(millis, 10_000, "x");
    }
    String text = shown();
    assertThat(text.split(CLEAR.replace("[", "\\["), -1)).hasSizeBetween(9, 12);
    assertThat(text).doesNotContain("\n");
  }

  @Test
  void disappearsWhenWorkIsDone() {
    line.report(0, 10, "x");
    millis = 1500;
    line.report(5, 10, "x");
    shown();
    line.clear();
    assertThat(shown()).isEqualTo(CLEAR);
    line.clear();
    assertThat(shown()).isEmpty();
  }

  @Test
  void theRateFollowsChanges() {
    long done = 0;
    for (millis = 0; millis <= 20_000; millis += 100) {
      done += 10 * MB;
      line.report(done, 10_000 * MB, "x");
    }
    shown();
    for (; millis <= 40_000; millis += 100) {
      done += MB;
      line.report(done, 10_000 * MB, "x");
    }
    assertThat(shown()).endsWith(" 10.0 MB/s  12 min 59 s left  x");
  }

  @Test
  void aNewTotalBeginsAnew() {
    line.report(0, 100, "first");
    millis = 5000;
    line.report(100, 100, "first");
    shown();
    millis = 6000;
    line.report(0, 3000 * MB, "second");
    millis = 7000;
    line.report(1000 * MB, 3000 * MB, "second");
    assertThat(shown()).endsWith("33%  1.0 GB of 3.0 GB  1.0 GB/s  2 s left  second");
  }

  @Test
  void fitsOnALine() {
    millis = 2000;
    line.report(1, 2, "x".repeat(200));
    assertThat(shown().substring(CLEAR.length())).hasSize(79).endsWith("…");
  }
}
