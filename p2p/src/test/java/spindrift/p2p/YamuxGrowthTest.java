package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Windows that grow with the length of the path. */
@Timeout(120)
class YamuxGrowthTest {
  private static final Duration ONE_WAY = Duration.ofMillis(40);
  private static final int PAYLOAD = 4 << 20;

  @Test
  void aLongPathGetsALargerWindow() throws Exception {
    MemoryChannel.Pair channels = MemoryChannel.pair(64 << 20, ONE_WAY);
    try (YamuxPair pair =
        YamuxPair.over(channels.dialer(), channels.listener(), YamuxPair.settings())) {
      YamuxPair.Ends ends = pair.open();
      ScriptedYamux.await(() -> pair.listener().roundTrip().isPresent());
      assertThat(pair.listener().roundTrip().orElseThrow()).isGreaterThan(ONE_WAY.multipliedBy(2));
      Concurrently<Void> write = Concurrently.run(() -> ends.near().out().write(new byte[PAYLOAD]));
      assertThat(ends.far().in().readNBytes(PAYLOAD)).hasSize(PAYLOAD);
      write.join();
      assertThat(((YamuxStream) ends.far()).incoming().window())
          .isGreaterThanOrEqualTo(4 * YamuxFrame.INITIAL_WINDOW);
    }
  }
}
