package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer that fills every window while nobody reads. */
@Timeout(120)
class YamuxHoardingPeerTest {
  private static final long TOTAL = 2 << 20;
  private static final int STREAMS = 40;

  private final YamuxSettings settings =
      YamuxSettings.of(100, new MemoryBudget(TOTAL), RateLimit.none());

  @Test
  void memoryIsBoundedAndStreamsThatDoNotFitAreReset() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux(settings)) {
      for (int i = 0; i < STREAMS; i++) {
        peer.data(YamuxFrame.SYN, 1 + 2 * i, new byte[YamuxFrame.INITIAL_WINDOW]);
      }
      ScriptedYamux.Frame refused = peer.frame();
      assertThat(refused.flags()).isEqualTo(YamuxFrame.RST);
      assertThat(refused.length()).isEqualTo(YamuxFrame.RESOURCE_LIMIT);
      assertThat(settings.memory().used()).isBetween(TOTAL / 2, TOTAL);
    }
    ScriptedYamux.await(() -> settings.memory().used() == 0);
  }

  @Test
  void othersGetTheirMemoryFromTheGreediest() throws Exception {
    try (ScriptedYamux greedy = new ScriptedYamux(settings);
        ScriptedYamux modest = new ScriptedYamux(settings)) {
      for (int i = 0; i < STREAMS; i++) {
        greedy.data(YamuxFrame.SYN, 1 + 2 * i, new byte[YamuxFrame.INITIAL_WINDOW]);
      }
      assertThat(greedy.frame().flags()).isEqualTo(YamuxFrame.RST);
      for (int i = 0; i < 3; i++) {
        MuxedStream stream = modest.open(1 + 2 * i);
        modest.data(YamuxFrame.FIN, 1 + 2 * i, new byte[YamuxFrame.INITIAL_WINDOW]);
        modest.send(YamuxFrame.PING, YamuxFrame.SYN, 0, i);
        modest.expect(YamuxFrame.PING, YamuxFrame.ACK, 0, i);
        assertThat(stream.in().available()).isEqualTo(YamuxFrame.INITIAL_WINDOW);
      }
    }
  }

  @Test
  void aFrameTakesNoMemoryBeforeItsPayloadComes() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux(settings)) {
      for (int i = 0; i < STREAMS; i++) {
        peer.send(YamuxFrame.DATA, YamuxFrame.SYN, 1 + 2 * i, 1000);
        peer.channel().write(new byte[1000], 0, 1000);
      }
      peer.send(YamuxFrame.DATA, YamuxFrame.SYN, 1 + 2 * STREAMS, YamuxFrame.INITIAL_WINDOW);
      ScriptedYamux.await(() -> peer.yamux().bytesIn() > STREAMS * 1000);
      assertThat(settings.memory().used()).isZero();
    }
  }
}
