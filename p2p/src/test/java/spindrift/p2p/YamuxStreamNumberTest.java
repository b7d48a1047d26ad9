package spindrift.p2p;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer that uses numbers of streams that are not its to use. */
@Timeout(120)
class YamuxStreamNumberTest {
  @Test
  void openingAStreamTwiceEndsTheConnection() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux()) {
      peer.open(1);
      peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.SYN, 1, 0);
      peer.expectCut("the number of another");
    }
  }

  @Test
  void openingAStreamWithANumberOfOursEndsTheConnection() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux()) {
      peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.SYN, 2, 0);
      peer.expectCut("a number of the other side");
    }
  }

  @Test
  void payloadOutsideOfAnyStreamEndsTheConnection() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux()) {
      peer.data(YamuxFrame.SYN, 0, new byte[1]);
      peer.expectCut("outside of a stream");
    }
  }

  @Test
  void aFrameOfAStreamThatItNeverOpenedEndsTheConnection() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux()) {
      peer.open(3);
      peer.send(YamuxFrame.WINDOW_UPDATE, 0, 5, 1);
      peer.expectCut("not opened");
    }
  }

  @Test
  void aFrameOfAStreamThatWeNeverOpenedEndsTheConnection() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux()) {
      peer.yamux().open(ScriptedYamux.PATIENCE);
      peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.ACK, 4, 1);
      peer.expectCut("not opened");
    }
  }
}
