package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer that opens streams without end. */
@Timeout(120)
class YamuxStreamFloodTest {
  private static final int LIMIT = 3;
  private static final YamuxSettings FEW_STREAMS =
      YamuxSettings.of(LIMIT, new MemoryBudget(64 << 20), RateLimit.none());

  @Test
  void oneStreamTooManyIsRefusedAlone() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux(FEW_STREAMS)) {
      MuxedStream first = peer.open(1);
      peer.open(3);
      peer.open(5);
      peer.data(YamuxFrame.SYN, 7, new byte[1000]);
      peer.expect(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, 7, YamuxFrame.RESOURCE_LIMIT);
      peer.data(0, 7, new byte[1000]);
      first.reset();
      peer.expect(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, 1, 0);
      peer.open(9);
    }
  }

  @Test
  void streamsThatNobodyAcceptsAreRefusedWhenTheyAreTooMany() throws Exception {
    try (ScriptedYamux peer =
        new ScriptedYamux(YamuxSettings.of(10_000, new MemoryBudget(64 << 20), RateLimit.none()))) {
      for (int i = 0; i <= Yamux.BACKLOG; i++) {
        peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.SYN, 1 + 2 * i, 0);
      }
      peer.expect(
          YamuxFrame.WINDOW_UPDATE,
          YamuxFrame.RST,
          1 + 2 * Yamux.BACKLOG,
          YamuxFrame.RESOURCE_LIMIT);
      assertThat(peer.yamux().accept()).isPresent();
    }
  }

  @Test
  void goingOnAgainstRefusalsEndsTheConnection() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux(FEW_STREAMS)) {
      for (int i = 0; i < 5000; i++) {
        peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.SYN, 1 + 2 * i, 0);
      }
      peer.expectCut("flood of streams");
    }
  }

  @Test
  void openingAndResettingStreamsEndlesslyEndsTheConnection() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux(FEW_STREAMS)) {
      for (int i = 0; i < 10_000; i++) {
        peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.SYN, 1 + 2 * i, 0);
        peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, 1 + 2 * i, 0);
      }
      peer.expectCut("flood of streams");
    }
  }
}
