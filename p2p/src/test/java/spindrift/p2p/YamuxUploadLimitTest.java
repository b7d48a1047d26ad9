package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A host that sends no more than its owner allows. */
@Timeout(120)
class YamuxUploadLimitTest {
  private static final int AT_ONCE = 1000;

  /** Lets the first bytes pass, and then no more for as long as any test takes. */
  private final RateLimit limit = new RateLimit(1e-3, AT_ONCE);

  private final ScriptedYamux peer =
      new ScriptedYamux(YamuxSettings.of(100, new MemoryBudget(64 << 20), limit));

  @org.junit.jupiter.api.AfterEach
  void end() {
    peer.close();
  }

  @Test
  void payloadWaitsAndNothingElseDoes() throws Exception {
    MuxedStream stream = peer.open(1);
    stream.out().write(new byte[AT_ONCE]);
    Concurrently<Void> write = Concurrently.run(() -> stream.out().write(new byte[AT_ONCE]));
    assertThat(peer.frame().length()).isEqualTo(AT_ONCE);
    peer.send(YamuxFrame.PING, YamuxFrame.SYN, 0, 5);
    peer.expect(YamuxFrame.PING, YamuxFrame.ACK, 0, 5);
    peer.data(0, 1, new byte[YamuxFrame.INITIAL_WINDOW / 2]);
    assertThat(stream.in().readNBytes(YamuxFrame.INITIAL_WINDOW / 2)).isNotEmpty();
    assertThat(peer.frame().type()).isEqualTo(YamuxFrame.WINDOW_UPDATE);
    assertThat(write.done()).isFalse();
  }

  @Test
  void aResetWakesWhoeverWaits() throws Exception {
    MuxedStream stream = peer.open(1);
    stream.timeout(Duration.ofMillis(1));
    Concurrently<Void> write = Concurrently.run(() -> stream.out().write(new byte[2 * AT_ONCE]));
    peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, 1, 0);
    assertThatThrownBy(write::join).hasStackTraceContaining("reset");
  }
}
