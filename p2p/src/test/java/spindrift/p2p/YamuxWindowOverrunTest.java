package spindrift.p2p;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer that sends on when its window is used up. */
@Timeout(120)
class YamuxWindowOverrunTest {
  @Test
  void oneByteTooManyEndsTheConnection() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux()) {
      peer.open(1);
      for (int i = 0; i < 4; i++) {
        peer.data(0, 1, new byte[YamuxFrame.INITIAL_WINDOW / 4]);
      }
      peer.data(0, 1, new byte[1]);
      peer.expectCut("more payload than the window");
    }
  }

  @Test
  void payloadAfterTheEndEndsTheConnection() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux()) {
      peer.open(1);
      peer.data(YamuxFrame.FIN, 1, new byte[1]);
      peer.data(0, 1, new byte[1]);
      peer.expectCut("payload after the end");
    }
  }
}
