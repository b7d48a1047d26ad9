package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HousekeepingTest {
  private static final Set<String> HOME = Set.of("/192.0.2.1", "eth0 1");
  private static final Set<String> OFFICE = Set.of("/192.0.2.1", "eth0 2");

  @Test
  void noticesThatTheNetworkIsAnother() throws Exception {
    AtomicReference<Set<String>> links = new AtomicReference<>(HOME);
    AtomicInteger rounds = new AtomicInteger();
    AtomicInteger changes = new AtomicInteger();
    Thread thread;
    try (Housekeeping housekeeping =
        new Housekeeping(links::get, rounds::incrementAndGet, changes::incrementAndGet)) {
      thread = Thread.startVirtualThread(housekeeping);
      TestHosts.await(() -> rounds.get() == 1);
      assertThat(changes).hasValue(0);
      links.set(OFFICE);
      TestHosts.await(() -> changes.get() == 1);
      links.set(Set.of());
      TestHosts.await(() -> changes.get() == 2);
    }
    assertThat(thread.join(Duration.ofSeconds(30))).isTrue();
  }
}
