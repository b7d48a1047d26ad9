package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
  private static final long TOTAL = 1000;
  private static final int SURE = MemoryBudget.GUARANTEED;

  private final AtomicInteger shed = new AtomicInteger();
  private final MemoryBudget budget = new MemoryBudget(TOTAL);

  private MemoryBudget.Account open() {
    return budget.open(shed::incrementAndGet);
  }

  @Test
  void everyConnectionHasOneWindowForCertain() {
    MemoryBudget.Account one = open();
    MemoryBudget.Account other = open();
    assertThat(one.hold(SURE + TOTAL)).isTrue();
    assertThat(other.hold(SURE)).isTrue();
    assertThat(one.hold(1)).isFalse();
    assertThat(budget.used()).isEqualTo(TOTAL);
  }

  @Test
  void whatIsReleasedCanBeTakenAgain() {
    MemoryBudget.Account one = open();
    assertThat(one.hold(SURE + TOTAL)).isTrue();
    one.release(300);
    assertThat(budget.used()).isEqualTo(TOTAL - 300);
    assertThat(one.hold(300)).isTrue();
    one.close();
    assertThat(budget.used()).isZero();
  }

  @Test
  void aClosedAccountCountsNothing() {
    MemoryBudget.Account one = open();
    one.close();
    assertThat(one.hold(SURE + 10)).isTrue();
    one.release(SURE + 10);
    one.close();
    assertThat(budget.used()).isZero();
  }

  @Test
  void windowsDoNotGrowWhenMemoryMayBeNeededForMore() {
    MemoryBudget big = new MemoryBudget(4L * SURE);
    MemoryBudget.Account one = big.open(shed::incrementAndGet);
    assertThat(one.spare(SURE)).isTrue();
    assertThat(one.spare(SURE + 1)).isFalse();
    MemoryBudget.Account other = big.open(shed::incrementAndGet);
    assertThat(other.hold(2L * SURE)).isTrue();
    assertThat(other.spare(1)).isFalse();
    assertThat(one.spare(SURE)).isTrue();
    assertThat(other.hold(1)).isTrue();
    assertThat(one.spare(SURE)).isFalse();
    assertThat(shed).hasValue(0);
  }

  @Test
  void theGreediestGivesUpWhatAnotherNeeds() {
    MemoryBudget.Account[] greedy = new MemoryBudget.Account[1];
    greedy[0] = budget.open(() -> greedy[0].release(500));
    MemoryBudget.Account other = open();
    assertThat(greedy[0].hold(SURE + TOTAL)).isTrue();
    assertThat(other.hold(SURE + 400)).isTrue();
    assertThat(budget.used()).isEqualTo(TOTAL - 100);
  }

  @Test
  void largePiecesAreForThoseWhoCameFirst() {
    MemoryBudget.Pieces one = budget.pieces();
    MemoryBudget.Pieces other = budget.pieces();
    assertThat(one.take(TOTAL / 4)).isTrue();
    assertThat(other.take(1)).isFalse();
    assertThat(open().hold(SURE + TOTAL)).as("windows have room of their own").isTrue();
    one.close();
    assertThat(one.take(1)).as("nobody would give it back").isFalse();
    assertThat(other.take(TOTAL / 4)).isTrue();
    other.close();
    assertThat(budget.pieces().take(TOTAL / 4)).isTrue();
  }

  @Test
  void whoHoldsMostGetsNothingFromOthers() {
    MemoryBudget.Account one = open();
    MemoryBudget.Account other = open();
    assertThat(one.hold(SURE + 400)).isTrue();
    assertThat(other.hold(SURE + 600)).isTrue();
    assertThat(other.hold(1)).isFalse();
    assertThat(shed).hasValue(0);
    assertThat(one.hold(1)).isFalse();
    assertThat(shed.get()).isPositive();
  }
}
