package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import spindrift.base.AbsentException;
import spindrift.substitute.WindowBudget.Lease;

final class WindowBudgetTest {
  private static final long TOTAL = 64L << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final WindowBudget budget = new WindowBudget(TOTAL);

  @Test
  void givesALoneTransferAllThatItMayHave() throws Exception {
    try (Lease lease = budget.lease(Long.MAX_VALUE, PATIENCE)) {
      assertThat(lease.bytes()).isEqualTo(WindowBudget.WINDOW_BYTES);
    }
  }

  @Test
  void givesASmallTransferWhatItNeeds() throws Exception {
    try (Lease lease = budget.lease(1000, PATIENCE)) {
      assertThat(lease.bytes()).isEqualTo(1000);
    }
  }

  @Test
  void neverGivesMoreThanThereIs() throws Exception {
    List<Lease> leases = new ArrayList<>();
    while (leases.stream().mapToLong(Lease::bytes).sum() < TOTAL - (1 << 20)) {
      leases.add(budget.lease(Long.MAX_VALUE, PATIENCE));
    }
    assertThat(leases.size()).isGreaterThan(4);
    assertThat(leases.stream().mapToLong(Lease::bytes).sum()).isLessThanOrEqualTo(TOTAL);
    leases.forEach(Lease::close);
    try (Lease lease = budget.lease(Long.MAX_VALUE, PATIENCE)) {
      assertThat(lease.bytes()).isEqualTo(WindowBudget.WINDOW_BYTES);
    }
  }

  @Test
  void growsWhenOthersEnd() throws Exception {
    List<Lease> others = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      others.add(budget.lease(Long.MAX_VALUE, PATIENCE));
    }
    try (Lease late = budget.lease(Long.MAX_VALUE, PATIENCE)) {
      assertThat(late.bytes()).isLessThan(WindowBudget.WINDOW_BYTES);
      others.forEach(Lease::close);
      assertThat(late.bytes()).isEqualTo(WindowBudget.WINDOW_BYTES);
    }
  }

  @Test
  void leavesHalfOfItToThoseThatEndByThemselves() throws Exception {
    List<Lease> passages = new ArrayList<>();
    budget.leaseForPassage(Long.MAX_VALUE).ifPresent(passages::add);
    assertThat(passages.getFirst().bytes()).isEqualTo(WindowBudget.WINDOW_BYTES);
    for (Optional<Lease> next = budget.leaseForPassage(Long.MAX_VALUE);
        next.isPresent();
        next = budget.leaseForPassage(Long.MAX_VALUE)) {
      passages.add(next.get());
    }
    assertThat(passages.size()).isGreaterThan(4);
    assertThat(passages.stream().mapToLong(Lease::bytes).sum()).isLessThanOrEqualTo(TOTAL / 2);
    try (Lease usual = budget.lease(Long.MAX_VALUE, PATIENCE)) {
      assertThat(usual.bytes()).isEqualTo(WindowBudget.WINDOW_BYTES);
    }
    passages.forEach(Lease::close);
    assertThat(passages.getFirst().bytes()).as("of one that is closed").isZero();
    passages.forEach(Lease::close);
    assertThat(budget.leaseNow(TOTAL / 2)).as("all is there again").isPresent();
    assertThat(budget.leaseForPassage(Long.MAX_VALUE)).isPresent();
  }

  @Test
  void waitsForItsTurnAndNotForEver() throws Exception {
    WindowBudget small = new WindowBudget(1 << 20);
    Lease first = small.lease(1 << 20, PATIENCE);
    assertThatThrownBy(() -> small.lease(1 << 20, Duration.ofMillis(10)))
        .isInstanceOf(AbsentException.class);
    Thread ending = Thread.ofVirtual().start(first::close);
    try (Lease second = small.lease(1 << 20, PATIENCE)) {
      assertThat(second.bytes()).isEqualTo(1 << 20);
    }
    ending.join();
  }
}
