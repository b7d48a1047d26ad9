package spindrift.p2p;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import spindrift.base.Bytes;

/** How streams come and go, and how the whole connection ends. */
@Timeout(120)
class YamuxConnectionTest {
  private static final byte[] WORDS = "one two three".getBytes(UTF_8);

  private final ScriptedYamux peer = new ScriptedYamux();

  @AfterEach
  void end() {
    peer.close();
  }

  @Test
  void numbersStreamsBySide() throws Exception {
    try (YamuxPair pair = YamuxPair.inMemory()) {
      for (int i = 0; i < 3; i++) {
        assertThat(((YamuxStream) pair.open().near()).id()).isEqualTo(1 + 2 * i);
        MuxedStream back = pair.listener().open(YamuxPair.PATIENCE);
        assertThat(((YamuxStream) back).id()).isEqualTo(2 + 2 * i);
        assertThat(pair.dialer().accept()).isPresent();
      }
    }
  }

  @Test
  void takesAWholeStreamInOneFrame() throws Exception {
    peer.data(YamuxFrame.SYN | YamuxFrame.FIN, 1, WORDS);
    MuxedStream stream = peer.yamux().accept().orElseThrow();
    assertThat(stream.in().readAllBytes()).isEqualTo(WORDS);
    stream.close();
    peer.expect(YamuxFrame.WINDOW_UPDATE, YamuxFrame.ACK, 1, 0);
    peer.expect(YamuxFrame.WINDOW_UPDATE, YamuxFrame.FIN, 1, 0);
  }

  @Test
  void takesAcknowledgementAndEndInOneFrame() throws Exception {
    MuxedStream stream = peer.yamux().open(ScriptedYamux.PATIENCE);
    peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.ACK | YamuxFrame.FIN, 2, 0);
    assertThat(stream.in().read()).isEqualTo(-1);
  }

  @Test
  void aResetMayGoWithData() throws Exception {
    MuxedStream stream = peer.open(1);
    peer.data(YamuxFrame.RST, 1, WORDS);
    assertThatThrownBy(() -> stream.in().readAllBytes()).hasMessageContaining("reset");
  }

  @Test
  void theLengthOfAResetIsItsReasonAndNoWindow() throws Exception {
    MuxedStream stream = peer.open(1);
    peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, 1, 0xffff_ffffL);
    assertThatThrownBy(() -> stream.in().read()).hasMessageContaining("4294967295");
    peer.open(3);
  }

  @Test
  void aResetAfterTheEndLosesNothing() throws Exception {
    MuxedStream stream = peer.open(1);
    peer.data(YamuxFrame.FIN, 1, WORDS);
    peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, 1, 0);
    peer.open(3);
    assertThat(stream.in().readAllBytes()).isEqualTo(WORDS);
    assertThatThrownBy(() -> stream.out().write(1)).hasMessageContaining("reset");
  }

  @Test
  void opensTenStreamsAndWaitsForAnAcknowledgement() throws Exception {
    for (int i = 0; i < Yamux.MOST_UNACKNOWLEDGED; i++) {
      peer.yamux().open(ScriptedYamux.PATIENCE);
      peer.expect(YamuxFrame.WINDOW_UPDATE, YamuxFrame.SYN, 2 + 2 * i, 0);
    }
    assertThatThrownBy(() -> peer.yamux().open(Duration.ofMillis(20)))
        .isInstanceOf(SocketTimeoutException.class);
    Concurrently<MuxedStream> next =
        Concurrently.call(() -> peer.yamux().open(ScriptedYamux.PATIENCE));
    peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.ACK, 4, 0);
    assertThat(next.join()).isNotNull();
    peer.send(YamuxFrame.DATA, 0, 6, 0);
    assertThat(peer.yamux().open(ScriptedYamux.PATIENCE)).isNotNull();
    peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, 8, 0);
    assertThat(peer.yamux().open(ScriptedYamux.PATIENCE)).isNotNull();
    assertThatThrownBy(() -> peer.yamux().open(Duration.ofMillis(20)))
        .isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void whoWaitsToOpenLearnsThatTheConnectionHasEnded() throws Exception {
    for (int i = 0; i < Yamux.MOST_UNACKNOWLEDGED; i++) {
      peer.yamux().open(ScriptedYamux.PATIENCE);
    }
    Concurrently<MuxedStream> next =
        Concurrently.call(() -> peer.yamux().open(ScriptedYamux.PATIENCE));
    peer.channel().closeWrite();
    assertThatThrownBy(next::join).hasRootCauseInstanceOf(IOException.class);
    assertThat(peer.yamux().accept()).isEmpty();
    assertThat(peer.yamux().fault()).isEmpty();
  }

  @Test
  void measuresTheRoundTripAtTheStart() throws Exception {
    ScriptedYamux.Frame ping = peer.anyFrame();
    assertThat(ping.type()).isEqualTo(YamuxFrame.PING);
    assertThat(ping.flags()).isEqualTo(YamuxFrame.SYN);
    assertThat(peer.yamux().roundTrip()).isEmpty();
    peer.send(YamuxFrame.PING, YamuxFrame.ACK, 0, ping.length());
    ScriptedYamux.await(() -> peer.yamux().roundTrip().isPresent());
  }

  @Test
  void ignoresAnswersToPingsThatItDidNotSend() throws Exception {
    ScriptedYamux.Frame ping = peer.anyFrame();
    peer.send(YamuxFrame.PING, YamuxFrame.ACK, 0, ping.length() + 1);
    peer.open(1);
    assertThat(peer.yamux().roundTrip()).isEmpty();
  }

  @Test
  void letsStreamsEndWhenTheOtherSideLeaves() throws Exception {
    MuxedStream stream = peer.open(1);
    peer.send(YamuxFrame.GO_AWAY, 0, 0, YamuxFrame.NORMAL);
    peer.data(YamuxFrame.FIN, 1, WORDS);
    assertThat(stream.in().readAllBytes()).isEqualTo(WORDS);
    assertThatThrownBy(() -> peer.yamux().open(ScriptedYamux.PATIENCE))
        .isInstanceOf(IOException.class);
    stream.out().write(WORDS);
    stream.close();
    assertThat(peer.frame().payload()).isEqualTo(Bytes.copyOf(WORDS));
    peer.expect(YamuxFrame.WINDOW_UPDATE, YamuxFrame.FIN, 1, 0);
    peer.expect(YamuxFrame.GO_AWAY, 0, 0, YamuxFrame.NORMAL);
    assertThat(peer.yamux().accept()).isEmpty();
  }

  @Test
  void endsAtOnceWhenTheOtherSideLeavesForAnError() throws Exception {
    MuxedStream stream = peer.open(1);
    peer.send(YamuxFrame.GO_AWAY, 0, 0, YamuxFrame.PROTOCOL_ERROR);
    assertThat(peer.yamux().accept()).isEmpty();
    assertThatThrownBy(() -> stream.in().read()).hasMessageContaining("reason 1");
  }

  @Test
  void saysGoodbyeAfterAllThatWasWritten() throws Exception {
    MuxedStream stream = peer.open(1);
    stream.out().write(WORDS);
    stream.close();
    peer.yamux().close();
    assertThat(peer.frame().payload()).isEqualTo(Bytes.copyOf(WORDS));
    peer.expect(YamuxFrame.WINDOW_UPDATE, YamuxFrame.FIN, 1, 0);
    peer.expect(YamuxFrame.GO_AWAY, 0, 0, YamuxFrame.NORMAL);
  }

  @Test
  void countsAllBytes() throws Exception {
    MuxedStream stream = peer.open(1);
    peer.data(0, 1, WORDS);
    assertThat(stream.in().readNBytes(WORDS.length)).isEqualTo(WORDS);
    assertThat(peer.yamux().bytesIn()).isGreaterThanOrEqualTo(2 * YamuxFrame.HEAD + WORDS.length);
    ScriptedYamux.await(() -> peer.yamux().bytesOut() >= 2 * YamuxFrame.HEAD);
  }

  @Test
  void aStreamThatWasResetBeforeAnybodyTookItIsNotHandedOut() throws Exception {
    peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.SYN, 1, 0);
    peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, 1, 0);
    peer.send(YamuxFrame.WINDOW_UPDATE, YamuxFrame.SYN, 3, 0);
    peer.send(YamuxFrame.PING, YamuxFrame.SYN, 0, 9);
    peer.expect(YamuxFrame.PING, YamuxFrame.ACK, 0, 9);
    assertThat(((YamuxStream) peer.yamux().accept().orElseThrow()).id()).isEqualTo(3);
  }

  @Test
  void streamsMayArriveInAnyOrder() throws Exception {
    peer.open(5);
    peer.open(1);
    peer.open(3);
  }
}
