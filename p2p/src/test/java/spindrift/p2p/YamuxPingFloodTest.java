package spindrift.p2p;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer that asks for signs of life without end. */
@Timeout(120)
class YamuxPingFloodTest {
  @Test
  void aFloodOfPingsEndsTheConnection() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux()) {
      for (int i = 0; i < 5000; i++) {
        peer.send(YamuxFrame.PING, YamuxFrame.SYN, 0, i);
      }
      peer.expectCut("flood of pings");
    }
  }
}
