package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How windows let one side send and make it wait. */
@Timeout(120)
class YamuxFlowTest {
  private static final int WINDOW = YamuxFrame.INITIAL_WINDOW;

  private final ScriptedYamux peer = new ScriptedYamux();

  @AfterEach
  void end() {
    peer.close();
  }

  @Test
  void sendsAsMuchAsTheInitialWindowAndNoMore() throws Exception {
    MuxedStream stream = peer.open(1);
    Concurrently<Void> write = Concurrently.run(() -> stream.out().write(new byte[WINDOW + 1]));
    assertThat(receive(WINDOW)).isEqualTo(WINDOW);
    assertThat(write.done()).isFalse();
    peer.send(YamuxFrame.WINDOW_UPDATE, 0, 1, 1);
    assertThat(receive(1)).isEqualTo(1);
    write.join();
  }

  @Test
  void takesALargerWindowThatComesWithTheFirstFrame() throws Exception {
    peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.SYN, 1, 1000);
    MuxedStream stream = peer.yamux().accept().orElseThrow();
    stream.out().write(new byte[WINDOW + 1000]);
    peer.expect(YamuxFrame.WINDOW_UPDATE, YamuxFrame.ACK, 1, 0);
    assertThat(receive(WINDOW + 1000)).isEqualTo(WINDOW + 1000);
  }

  @Test
  void takesALargerWindowThatComesWithTheAcknowledgement() throws Exception {
    MuxedStream stream = peer.yamux().open(ScriptedYamux.PATIENCE);
    peer.expect(YamuxFrame.WINDOW_UPDATE, YamuxFrame.SYN, 2, 0);
    peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.ACK, 2, 1000);
    stream.out().write(new byte[WINDOW + 1000]);
    assertThat(receive(WINDOW + 1000)).isEqualTo(WINDOW + 1000);
  }

  @Test
  void givesWindowBackWhenBytesAreReadAndNotBefore() throws Exception {
    MuxedStream stream = peer.open(1);
    peer.data(0, 1, new byte[WINDOW]);
    peer.send(YamuxFrame.PING, YamuxFrame.SYN, 0, 77);
    peer.expect(YamuxFrame.PING, YamuxFrame.ACK, 0, 77);
    assertThat(stream.in().readNBytes(WINDOW / 2)).hasSize(WINDOW / 2);
    ScriptedYamux.Frame update = peer.frame();
    assertThat(update.type()).isEqualTo(YamuxFrame.WINDOW_UPDATE);
    assertThat(update.flags()).isZero();
    assertThat(update.length()).isIn((long) WINDOW / 2, (long) WINDOW / 2 + WINDOW);
  }

  @Test
  void grantsNothingOnceTheOtherSideHasSentAll() throws Exception {
    MuxedStream stream = peer.open(1);
    peer.data(YamuxFrame.FIN, 1, new byte[WINDOW]);
    peer.send(YamuxFrame.PING, YamuxFrame.SYN, 0, 78);
    peer.expect(YamuxFrame.PING, YamuxFrame.ACK, 0, 78);
    assertThat(stream.in().readAllBytes()).hasSize(WINDOW);
    peer.send(YamuxFrame.PING, YamuxFrame.SYN, 0, 79);
    peer.expect(YamuxFrame.PING, YamuxFrame.ACK, 0, 79);
  }

  @Test
  void aStreamWithoutWindowStopsNoOther() throws Exception {
    MuxedStream slow = peer.open(1);
    MuxedStream other = peer.open(3);
    Concurrently<Void> write = Concurrently.run(() -> slow.out().write(new byte[WINDOW + 1]));
    assertThat(receive(WINDOW)).isEqualTo(WINDOW);
    other.out().write(new byte[1000]);
    other.closeWrite();
    assertThat(receive(1000)).isEqualTo(1000);
    peer.expect(YamuxFrame.WINDOW_UPDATE, YamuxFrame.FIN, 3, 0);
    slow.reset();
    peer.expect(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, 1, 0);
    assertThat(write).isNotNull();
  }

  @Test
  void answersPingsWhileNobodyReadsAnyStream() throws Exception {
    peer.open(1);
    peer.data(0, 1, new byte[WINDOW]);
    for (int i = 0; i < 10; i++) {
      peer.send(YamuxFrame.PING, YamuxFrame.SYN, 0, i);
      peer.expect(YamuxFrame.PING, YamuxFrame.ACK, 0, i);
    }
  }

  @Test
  void cutsWhatIsWrittenIntoShortFrames() throws Exception {
    MuxedStream stream = peer.open(1);
    stream.out().write(new byte[WINDOW]);
    for (int left = WINDOW; left > 0; ) {
      ScriptedYamux.Frame frame = peer.frame();
      assertThat(frame.length()).isBetween(1L, (long) YamuxWriter.LONGEST_FRAME);
      left -= (int) frame.length();
    }
  }

  /** Takes so much payload in. */
  private int receive(int count) throws Exception {
    int received = 0;
    while (received < count) {
      ScriptedYamux.Frame frame = peer.frame();
      assertThat(frame.type()).isEqualTo(YamuxFrame.DATA);
      received += (int) frame.length();
    }
    return received;
  }
}
