package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HousekeepingTest {
  private static final List<InetAddress> HOME = List.of(InetAddress.ofLiteral("192.0.2.1"));
  private static final List<InetAddress> OFFICE = List.of(InetAddress.ofLiteral("198.51.100.1"));

  @Test
  void noticesThatTheNetworkIsAnother() throws Exception {
    AtomicReference<List<InetAddress>> addresses = new AtomicReference<>(HOME);
    AtomicInteger rounds = new AtomicInteger();
    AtomicInteger changes = new AtomicInteger();
    Thread thread;
    try (Housekeeping housekeeping =
        new Housekeeping(addresses::get, rounds::incrementAndGet, changes::incrementAndGet)) {
      thread = Thread.startVirtualThread(housekeeping);
      TestHosts.await(() -> rounds.get() == 1);
      assertThat(changes).hasValue(0);
      addresses.set(OFFICE);
      TestHosts.await(() -> changes.get() == 1);
      addresses.set(List.of());
      TestHosts.await(() -> changes.get() == 2);
    }
    assertThat(thread.join(Duration.ofSeconds(30))).isTrue();
  }
}
