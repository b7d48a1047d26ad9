package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.p2p.PeerId;
import spindrift.substitute.AskingBudget.Ticket;

/** Peers ask as much as others leave room for. */
final class AskingBudgetTest {
  private final AtomicLong now = new AtomicLong();
  private final AskingBudget budget = new AskingBudget(now::get);

  @Test
  void aPeerHasSoManyRequestsUnderWay() {
    List<Ticket> tickets = new ArrayList<>();
    for (int i = 0; i < AskingBudget.MAX_UNDER_WAY_PER_PEER; i++) {
      tickets.add(budget.enter(peer(1)).orElseThrow());
    }
    assertThat(budget.enter(peer(1))).isEmpty();
    assertThat(budget.enter(peer(2))).isPresent();
    tickets.getFirst().close();
    assertThat(budget.enter(peer(1))).isPresent();
  }

  @Test
  void allPeersTogetherHaveSoMany() {
    for (int i = 0; i < AskingBudget.MAX_UNDER_WAY; i++) {
      assertThat(budget.enter(peer(i))).isPresent();
    }
    assertThat(budget.enter(peer(1_000_000))).isEmpty();
  }

  @Test
  void keysComeBackWithTime() {
    try (Ticket ticket = budget.enter(peer(1)).orElseThrow()) {
      assertThat(ticket.takeKeys(AskingBudget.BURST)).isTrue();
      assertThat(ticket.takeKeys(1)).isFalse();
      now.addAndGet(TimeUnit.SECONDS.toNanos(1));
      assertThat(ticket.takeKeys(AskingBudget.KEYS_PER_SECOND)).isTrue();
      assertThat(ticket.takeKeys(1)).isFalse();
    }
    try (Ticket again = budget.enter(peer(1)).orElseThrow()) {
      assertThat(again.takeKeys(1)).isFalse();
    }
  }

  @Test
  void whatWasToldCountsAfterwards() {
    try (Ticket ticket = budget.enter(peer(1)).orElseThrow()) {
      ticket.count(AskingBudget.BURST + AskingBudget.KEYS_PER_SECOND);
      now.addAndGet(TimeUnit.SECONDS.toNanos(1));
      assertThat(ticket.takeKeys(1)).isFalse();
    }
  }

  @Test
  void aPeerWaitsForSoManyPaths() {
    try (Ticket one = budget.enter(peer(1)).orElseThrow()) {
      assertThat(one.takeWanted(10)).isEqualTo(10);
      try (Ticket two = budget.enter(peer(1)).orElseThrow()) {
        assertThat(two.takeWanted(1000)).isEqualTo(AskingBudget.MAX_WANTED_PER_PEER - 10);
        assertThat(one.takeWanted(1)).isZero();
      }
      assertThat(one.takeWanted(1)).isEqualTo(1);
    }
  }

  @Test
  void peersWithoutARequestAreForgottenWhenThereAreMany() {
    try (Ticket kept = budget.enter(peer(-1)).orElseThrow()) {
      assertThat(kept.takeKeys(AskingBudget.BURST)).isTrue();
      for (int i = 0; i < 5000; i++) {
        budget.enter(peer(i)).orElseThrow().close();
      }
      assertThat(kept.takeKeys(1)).isFalse();
      assertThat(budget.enter(peer(-1)).orElseThrow().takeKeys(1)).isFalse();
    }
  }

  private static PeerId peer(int number) {
    return new PeerId(Bytes.utf8("peer " + number));
  }
}
