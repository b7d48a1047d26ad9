package spindrift.p2p;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer that opens a window so wide that a counter of it would start again at nothing. */
@Timeout(120)
class YamuxWindowOverflowTest {
  @Test
  void aWindowBeyondThirtyTwoBitsEndsTheConnection() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux()) {
      peer.open(1);
      peer.send(YamuxFrame.WINDOW_UPDATE, 0, 1, 0xffff_ffffL - YamuxFrame.INITIAL_WINDOW);
      peer.send(YamuxFrame.WINDOW_UPDATE, 0, 1, 1);
      peer.expectCut("beyond 32 bits");
    }
  }
}
