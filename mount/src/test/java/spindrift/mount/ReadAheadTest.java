package spindrift.mount;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReadAheadTest {
  private static final long READ = 1 << 20;

  private final ReadAhead ahead = new ReadAhead();

  @Test
  void growsForWhoReadsOn() {
    long[] windows = new long[10];
    for (int i = 0; i < windows.length; i++) {
      windows[i] = ahead.window(1, i * READ, (i + 1) * READ);
    }
    assertThat(windows[0]).isZero();
    assertThat(windows[1]).isPositive();
    assertThat(windows[9]).isEqualTo(ReadAhead.MAX_WINDOW);
  }

  @Test
  void isNothingForWhoJumps() {
    for (int i = 0; i < 10; i++) {
      long offset = (i * 37 % 10) * (64L << 20);
      assertThat(ahead.window(1, offset, offset + 4096)).isZero();
    }
  }

  /** Or what came first would be dropped before anybody reads it. */
  @Test
  void ofManyReadersTogetherFitsIntoWhatIsHeld() {
    int readers = 40;
    long sum = 0;
    for (int i = 0; i < 12; i++) {
      sum = 0;
      for (int node = 1; node <= readers; node++) {
        sum += ahead.window(node, i * READ, (i + 1) * READ);
      }
    }
    assertThat(sum)
        .isPositive()
        .isLessThanOrEqualTo(Math.min(32L << 20, Runtime.getRuntime().maxMemory() / 8));
  }
}
