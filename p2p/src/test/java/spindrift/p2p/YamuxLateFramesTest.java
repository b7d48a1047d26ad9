package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer that goes on sending for a stream that has ended. */
@Timeout(120)
class YamuxLateFramesTest {
  @Test
  void whatWasUnderWayIsIgnored() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux()) {
      MuxedStream stream = peer.open(1);
      stream.reset();
      peer.expect(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, 1, 0);
      peer.data(0, 1, new byte[YamuxFrame.INITIAL_WINDOW]);
      peer.send(YamuxFrame.WINDOW_UPDATE, 0, 1, 1000);
      peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.FIN, 1, 0);
      peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, 1, 0);
      assertThat(peer.open(3)).isNotNull();
    }
  }

  @Test
  void moreThanCanHaveBeenUnderWayEndsTheConnection() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux()) {
      peer.open(1).reset();
      peer.expect(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, 1, 0);
      peer.data(0, 1, new byte[YamuxFrame.INITIAL_WINDOW]);
      peer.data(0, 1, new byte[YamuxFrame.INITIAL_WINDOW]);
      peer.expectCut("flood of frames");
    }
  }

  @Test
  void framesWithoutPayloadAreCountedToo() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux()) {
      peer.open(1).reset();
      for (int i = 0; i < 100_000; i++) {
        peer.send(YamuxFrame.WINDOW_UPDATE, 0, 1, 0);
      }
      peer.expectCut("flood of frames");
    }
  }
}
