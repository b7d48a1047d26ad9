package spindrift.p2p;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer that announces more payload than anybody may send. */
@Timeout(120)
class YamuxFrameTooLongTest {
  @Test
  void aFrameBeyondTheLargestWindowEndsTheConnection() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux()) {
      peer.open(1);
      peer.send(YamuxFrame.DATA, 0, 1, 0xffff_ffffL);
      peer.expectCut("longer than any window");
    }
  }

  @Test
  void aFrameBeyondTheWindowEndsTheConnectionBeforeItsPayloadComes() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux()) {
      peer.open(1);
      peer.send(YamuxFrame.DATA, 0, 1, YamuxFrame.INITIAL_WINDOW + 1);
      peer.expectCut("more payload than the window");
    }
  }
}
