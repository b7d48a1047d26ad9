package spindrift.p2p;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer that speaks something else. */
@Timeout(120)
class YamuxUnknownFrameTest {
  @Test
  void anUnknownTypeEndsTheConnection() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux()) {
      peer.send(4, 0, 0, 0);
      peer.expectCut("unknown type");
    }
  }

  @Test
  void anUnknownVersionEndsTheConnection() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux()) {
      byte[] head = new byte[YamuxFrame.HEAD];
      head[0] = 1;
      peer.channel().write(head, 0, head.length);
      peer.expectCut("unknown version");
    }
  }
}
