package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimitTest {
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5);

  @Test
  void whoComesLaterWaitsLonger() {
    RateLimit limit = new RateLimit(1000, 100, clock::get);
    assertThat(limit.reserve(100)).isZero();
    assertThat(limit.reserve(100)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(100));
    assertThat(limit.reserve(50)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(150));
    clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(150));
    assertThat(limit.reserve(10)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(10));
  }

  @Test
  void aPauseSavesNoMoreThanOneBurst() {
    RateLimit limit = new RateLimit(1000, 3, clock::get);
    clock.addAndGet(TimeUnit.HOURS.toNanos(1));
    for (int i = 0; i < 3; i++) {
      assertThat(limit.tryTake()).isTrue();
    }
    assertThat(limit.tryTake()).isFalse();
    clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
    assertThat(limit.tryTake()).isTrue();
  }

  @Test
  void withoutALimitNobodyWaits() {
    RateLimit none = RateLimit.none();
    assertThat(none.limits()).isFalse();
    assertThat(none.reserve(Long.MAX_VALUE)).isZero();
    assertThat(none.tryTake()).isTrue();
  }

  @Test
  void aBurstIsATenthOfASecond() {
    RateLimit limit = RateLimit.bytesPerSecond(1_000_000);
    assertThat(limit.limits()).isTrue();
    assertThat(limit.reserve(100_000)).isZero();
    assertThat(limit.reserve(1_000_000)).isPositive();
  }
}
