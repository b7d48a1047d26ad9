package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class YamuxTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Test
  void echoesMegabytes() throws Exception {
    YamuxSettings settings = YamuxSettings.of(100, new MemoryBudget(64 << 20), RateLimit.none());
    try (SocketChannelPair pair = SocketChannelPair.open();
        Yamux dialer = Yamux.start(pair.dialer(), YamuxSide.DIALER, settings);
        Yamux listener = Yamux.start(pair.listener(), YamuxSide.LISTENER, settings)) {
      Thread echo =
          Thread.startVirtualThread(
              () -> {
                try (MuxedStream stream = listener.accept().orElseThrow()) {
                  stream.in().transferTo(stream.out());
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              });
      byte[] sent = new byte[20_000_000];
      new Random(1).nextBytes(sent);
      MuxedStream stream = dialer.open(PATIENCE);
      Thread write =
          Thread.startVirtualThread(
              () -> {
                try {
                  stream.out().write(sent);
                  stream.closeWrite();
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              });
      assertThat(stream.in().readAllBytes()).isEqualTo(sent);
      echo.join();
      write.join();
    }
  }
}
