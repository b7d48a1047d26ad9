package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import spindrift.substitute.ObservedHealth.Admission;
import spindrift.upstream.BusyException;

final class ObservedHealthTest {
  @Test
  void aLieIsRememberedForAnHour() {
    AtomicLong now = new AtomicLong();
    ObservedHealth health =
        new ObservedHealth(LookupSettings.DEFAULTS, now::get, () -> 0, () -> {});
    health.lied("a");
    health.networkChanged();
    now.addAndGet(Duration.ofMinutes(59).toNanos());
    assertThat(health.hasLied("a")).isTrue();
    assertThat(health.hasLied("b")).isFalse();
    now.addAndGet(Duration.ofMinutes(2).toNanos());
    assertThat(health.hasLied("a")).isFalse();
  }

  private static final String NAME = "https://cache";
  private final IOException why = new IOException("out of order");

  private final AtomicInteger recovered = new AtomicInteger();
  private long now = 1000;
  private final ObservedHealth health =
      new ObservedHealth(LookupSettings.DEFAULTS, () -> now, () -> 0.5, recovered::incrementAndGet);

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private void failOften() {
    for (int i = 0; i < ObservedHealth.MAX_FAILURES; i++) {
      health.failed(NAME, why);
    }
  }

  @Test
  void someFailuresInARowOpenTheBreaker() {
    for (int i = 1; i < ObservedHealth.MAX_FAILURES; i++) {
      health.failed(NAME, why);
    }
    assertThat(health.mayAsk(NAME)).isTrue();
    health.answered(NAME, Duration.ofMillis(20));
    health.failed(NAME, why);
    assertThat(health.mayAsk(NAME)).isTrue();
    failOften();
    assertThat(health.mayAsk(NAME)).isFalse();
    assertThat(health.isOpen(NAME)).isTrue();
  }

  @Test
  void oneProbeIsLetThroughAfterAPauseThatGrows() {
    failOften();
    for (Duration pause = Duration.ofMillis(500);
        pause.compareTo(Duration.ofSeconds(60)) < 0;
        pause = pause.multipliedBy(2)) {
      pass(pause.minusMillis(1));
      assertThat(health.admit(NAME)).isEqualTo(Admission.SKIP);
      pass(Duration.ofMillis(1));
      assertThat(health.admit(NAME)).isEqualTo(Admission.PROBE);
      assertThat(health.admit(NAME)).isEqualTo(Admission.SKIP);
      health.failed(NAME, why);
    }
    pass(Duration.ofSeconds(60));
    assertThat(health.admit(NAME)).isEqualTo(Admission.PROBE);
    assertThat(recovered).hasValue(0);
    health.answered(NAME, Duration.ofMillis(20));
    assertThat(recovered).hasValue(1);
    assertThat(health.admit(NAME)).isEqualTo(Admission.ASK);
  }

  @Test
  void failuresOfWhatWasUnderWayDoNotMakeThePauseLonger() {
    failOften();
    failOften();
    pass(Duration.ofMillis(500));
    assertThat(health.admit(NAME)).isEqualTo(Admission.PROBE);
  }

  @Test
  void aProbeThatIsLostIsFollowedByAnother() {
    failOften();
    pass(Duration.ofMillis(500));
    assertThat(health.admit(NAME)).isEqualTo(Admission.PROBE);
    pass(Duration.ofSeconds(30));
    assertThat(health.admit(NAME)).isEqualTo(Admission.PROBE);
  }

  @Test
  void oneThatHasNeverAnsweredIsGivenOneDeadline() {
    ObservedHealth.Asked asked = health.asked(NAME);
    pass(Duration.ofMillis(1400));
    assertThat(health.worthWaiting(NAME)).isEqualTo(Duration.ofMillis(100).toNanos());
    assertThat(health.admit(NAME)).isEqualTo(Admission.ASK);
    pass(Duration.ofMillis(100));
    assertThat(health.worthWaiting(NAME)).isZero();
    assertThat(health.admit(NAME)).isEqualTo(Admission.SKIP);
    asked.close();
    assertThat(health.isOpen(NAME)).isTrue();
  }

  @Test
  void oneThatHasAnsweredIsSilentAfterASecond() {
    health.answered(NAME, Duration.ofMillis(20));
    try (ObservedHealth.Asked _ = health.asked(NAME)) {
      pass(Duration.ofMillis(999));
      assertThat(health.mayAsk(NAME)).isTrue();
      pass(Duration.ofMillis(1));
      assertThat(health.mayAsk(NAME)).isFalse();
    }
  }

  @Test
  void oneThatIsSlowIsGivenMoreTime() {
    health.answered(NAME, Duration.ofMillis(800));
    try (ObservedHealth.Asked _ = health.asked(NAME)) {
      pass(Duration.ofMillis(1400));
      assertThat(health.mayAsk(NAME)).isTrue();
      assertThat(health.worthWaiting(NAME)).isEqualTo(Duration.ofMillis(100).toNanos());
    }
  }

  @Test
  void anyAnswerEndsASilence() {
    health.answered(NAME, Duration.ofMillis(20));
    try (ObservedHealth.Asked _ = health.asked(NAME)) {
      pass(Duration.ofMillis(900));
      health.answered(NAME, Duration.ofMillis(20));
      pass(Duration.ofMillis(900));
      assertThat(health.mayAsk(NAME)).isTrue();
      health.transferred(NAME, 1, Duration.ofMillis(1));
      pass(Duration.ofMillis(900));
      assertThat(health.mayAsk(NAME)).isTrue();
    }
    pass(Duration.ofHours(1));
    assertThat(health.mayAsk(NAME)).isTrue();
  }

  @Test
  void whatWasUnderWayBeforeAProbeSucceededIsNoSilence() {
    ObservedHealth.Asked old = health.asked(NAME);
    pass(Duration.ofMillis(1500));
    assertThat(health.mayAsk(NAME)).isFalse();
    pass(Duration.ofMillis(500));
    assertThat(health.admit(NAME)).isEqualTo(Admission.PROBE);
    try (ObservedHealth.Asked _ = health.asked(NAME)) {
      health.answered(NAME, Duration.ofMillis(20));
    }
    pass(Duration.ofSeconds(5));
    assertThat(health.admit(NAME)).isEqualTo(Admission.ASK);
    old.close();
    assertThat(health.admit(NAME)).isEqualTo(Admission.ASK);
  }

  @Test
  void oneThatIsBusyIsLeftAloneForAsLongAsItAsked() {
    health.failed(NAME, new BusyException("busy", Optional.of(Duration.ofSeconds(7))));
    pass(Duration.ofMillis(6999));
    assertThat(health.mayAsk(NAME)).isFalse();
    pass(Duration.ofMillis(1));
    assertThat(health.admit(NAME)).isEqualTo(Admission.ASK);
    health.failed(NAME, new BusyException("busy", Optional.of(Duration.ofDays(365))));
    pass(Duration.ofMinutes(10));
    assertThat(health.mayAsk(NAME)).isTrue();
  }

  @Test
  void anotherNetworkIsAnotherChance() {
    failOften();
    health.transferred("https://other", 1 << 20, Duration.ofSeconds(1));
    health.failed("https://other", new BusyException("busy", Optional.of(Duration.ofSeconds(7))));
    health.networkChanged();
    assertThat(health.admit(NAME)).isEqualTo(Admission.ASK);
    assertThat(health.mayAsk("https://other")).isFalse();
    assertThat(health.usualRate("https://other")).hasValue(1 << 20);
  }

  @Test
  void knowsWhatIsUsual() {
    assertThat(health.usualNanos(NAME)).isEmpty();
    assertThat(health.usualRate(NAME)).isEmpty();
    health.answered(NAME, Duration.ofNanos(800));
    health.answered(NAME, Duration.ofNanos(1600));
    assertThat(health.usualNanos(NAME)).hasValue(900);
    health.transferred(NAME, 1000, Duration.ofSeconds(1));
    assertThat(health.usualRate(NAME)).isEmpty();
    health.transferred(NAME, 1_000_000, Duration.ofSeconds(1));
    health.transferred(NAME, 1_000_000, Duration.ofSeconds(1));
    assertThat(health.usualRate(NAME)).hasValue(1_000_000);
  }
}
