package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.p2p.Carriers;

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

  @Test
  void aCableThatWasOutForAMomentIsAnotherNetwork(@TempDir Path cards) throws Exception {
    String card = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress()).getName();
    Path count = Files.createDirectory(cards.resolve(card)).resolve("carrier_up_count");
    Files.writeString(count, "1\n");
    NetworkWatch watch =
        new NetworkWatch(() -> NetworkWatch.usable(new Carriers(cards)), told::incrementAndGet);
    watch.look();
    assertThat(told).hasValue(0);
    Files.writeString(count, "2\n");
    watch.look();
    assertThat(told).hasValue(1);
  }

  private void look(NetworkWatch watch, Set<String> now, int expected) {
    addresses.set(now);
    watch.look();
    assertThat(told).hasValue(expected);
  }
}
