package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class NetworkWatchTest {
  private final AtomicReference<Set<String>> addresses = new AtomicReference<>(Set.of("a"));
  private final AtomicInteger told = new AtomicInteger();

  @Test
  void tellsOfWhatComesAndNotOfWhatGoes() {
    NetworkWatch watch = new NetworkWatch(addresses::get, told::incrementAndGet);
    watch.look();
    assertThat(told).hasValue(0);
    look(watch, Set.of("a", "b"), 1);
    look(watch, Set.of("b"), 1);
    look(watch, Set.of(), 1);
    look(watch, Set.of("b"), 2);
    look(watch, Set.of("c"), 3);
    look(watch, Set.of("c"), 3);
  }

  private void look(NetworkWatch watch, Set<String> now, int expected) {
    addresses.set(now);
    watch.look();
    assertThat(told).hasValue(expected);
  }
}
