package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import spindrift.nix.StorePath;

/** Paths are asked about less and less often. */
final class PendingPathsTest {
  private static final StorePath A = LookupNode.path('a');
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1000);
  private final PendingPaths pending = new PendingPaths(now::get);

  @Test
  void aPathIsDueAfterEverLongerTimes() {
    pending.addSoon(A);
    assertThat(pending.due()).isEmpty();
    long last = 0;
    for (int i = 0; i < 20; i++) {
      long wait = pending.waitNanos(Long.MAX_VALUE);
      assertThat(wait)
          .isGreaterThanOrEqualTo(last)
          .isLessThanOrEqualTo(Duration.ofMinutes(2).toNanos());
      last = wait;
      now.addAndGet(wait);
      assertThat(pending.due()).containsExactly(A);
      assertThat(pending.due()).isEmpty();
    }
    assertThat(last).isEqualTo(Duration.ofMinutes(2).toNanos());
  }

  @Test
  void aPathThatShouldBeValidIsDueAtOnce() {
    pending.addSoon(A);
    pending.addNow(A);
    assertThat(pending.waitNanos(5)).isZero();
    assertThat(pending.due()).containsExactly(A);
    pending.remove(A);
    assertThat(pending.waitNanos(5)).isEqualTo(5);
  }

  @Test
  void isForgottenAfterADay() {
    pending.addSoon(A);
    now.addAndGet(Duration.ofHours(25).toNanos());
    assertThat(pending.due()).containsExactly(A);
    assertThat(pending.waitNanos(5)).isEqualTo(5);
  }

  @Test
  void takesNoMoreThanItHasRoomFor() {
    for (int i = 0; i < PendingPaths.MAX_PATHS; i++) {
      assertThat(pending.addSoon(LookupTest.numbered(i))).isTrue();
    }
    assertThat(pending.addSoon(A)).isFalse();
    assertThat(pending.addNow(LookupTest.numbered(5))).isTrue();
    assertThat(pending.due()).hasSize(1);
    now.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(pending.due()).hasSize(PendingPaths.MAX_DUE);
  }
}
