package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer that is there no more, or behaves as if it were not. */
@Timeout(120)
class YamuxDeadPeerTest {
  private static final Duration SOON = Duration.ofMillis(100);
  private static final YamuxSettings HASTY =
      new YamuxSettings(100, new MemoryBudget(64 << 20), RateLimit.none(), SOON, SOON);

  @Test
  void onePeerThatAnswersNoPingIsCut() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux(HASTY)) {
      MuxedStream stream = peer.yamux().open(ScriptedYamux.PATIENCE);
      assertThat(peer.yamux().accept()).isEmpty();
      assertThatThrownBy(() -> stream.in().read()).hasMessageContaining("does not answer");
    }
  }

  @Test
  void onePeerThatStopsReadingIsCut() throws Exception {
    MemoryChannel.Pair pair = MemoryChannel.pair(1000, Duration.ZERO);
    try (pair;
        Yamux yamux = Yamux.start(pair.dialer(), YamuxSide.DIALER, HASTY)) {
      MuxedStream stream = yamux.open(ScriptedYamux.PATIENCE);
      assertThatThrownBy(() -> stream.out().write(new byte[YamuxFrame.INITIAL_WINDOW + 1]))
          .hasStackTraceContaining("the other side");
      assertThat(yamux.accept()).isEmpty();
    }
  }

  @Test
  void onePeerThatSendsButNeverAnswersIsCutInTheEnd() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux(HASTY)) {
      Concurrently<Void> chatter =
          Concurrently.run(
              () -> {
                while (!Thread.currentThread().isInterrupted()) {
                  peer.send(YamuxFrame.PING, YamuxFrame.ACK, 0, 0);
                  LockSupport.parkNanos(100_000);
                }
              });
      assertThat(peer.yamux().accept()).isEmpty();
      peer.channel().close();
      assertThatThrownBy(chatter::join).hasStackTraceContaining("closed");
    }
  }

  @Test
  void onePeerThatAnswersStays() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux(HASTY)) {
      for (int i = 0; i < 5; i++) {
        ScriptedYamux.Frame ping = peer.anyFrame();
        peer.send(YamuxFrame.PING, YamuxFrame.ACK, 0, ping.length());
      }
      assertThat(peer.open(1)).isNotNull();
    }
  }

  @Test
  void anEndWithinAFrameIsNoFault() throws Exception {
    try (ScriptedYamux peer = new ScriptedYamux()) {
      MuxedStream stream = peer.open(1);
      peer.send(YamuxFrame.DATA, 0, 1, 1000);
      peer.channel().closeWrite();
      assertThatThrownBy(() -> stream.in().read()).hasMessageContaining("ended within a frame");
      assertThat(peer.yamux().fault()).isEmpty();
    }
  }
}
