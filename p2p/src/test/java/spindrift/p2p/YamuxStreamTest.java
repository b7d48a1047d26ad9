package spindrift.p2p;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a stream is to those who use it. */
@Timeout(120)
class YamuxStreamTest {
  private static final byte[] WORDS = "one two three".getBytes(UTF_8);

  private final YamuxPair pair = YamuxPair.inMemory();

  @org.junit.jupiter.api.AfterEach
  void end() {
    pair.close();
  }

  @Test
  void carriesMegabytesBothWaysOverTcp() throws Exception {
    byte[] sent = new byte[5_000_000];
    new Random(1).nextBytes(sent);
    try (YamuxPair tcp = YamuxPair.overTcp()) {
      YamuxPair.Ends ends = tcp.open();
      Concurrently<Void> echo =
          Concurrently.run(
              () -> {
                ends.far().in().transferTo(ends.far().out());
                ends.far().close();
              });
      Concurrently<Void> write =
          Concurrently.run(
              () -> {
                ends.near().out().write(sent);
                ends.near().closeWrite();
              });
      assertThat(ends.near().in().readAllBytes()).isEqualTo(sent);
      echo.join();
      write.join();
    }
  }

  @Test
  void carriesSingleBytes() throws Exception {
    YamuxPair.Ends ends = pair.open();
    for (int i = 0; i < 256; i++) {
      ends.near().out().write(i);
    }
    for (int i = 0; i < 256; i++) {
      assertThat(ends.far().in().read()).isEqualTo(i);
    }
  }

  @Test
  void endsAfterAllThatWasSent() throws Exception {
    YamuxPair.Ends ends = pair.open();
    ends.near().out().write(WORDS);
    ends.near().close();
    assertThat(ends.far().in().readAllBytes()).isEqualTo(WORDS);
    assertThat(ends.far().in().read()).isEqualTo(-1);
  }

  @Test
  void stillReadsWhenItsOwnHalfHasEnded() throws Exception {
    YamuxPair.Ends ends = pair.open();
    ends.near().closeWrite();
    assertThat(ends.far().in().read()).isEqualTo(-1);
    ends.far().out().write(WORDS);
    ends.far().close();
    assertThat(ends.near().in().readAllBytes()).isEqualTo(WORDS);
    assertThatThrownBy(() -> ends.near().out().write(1)).isInstanceOf(IOException.class);
  }

  @Test
  void canBeReadToItsEndWhenTheConnectionHasEnded() throws Exception {
    YamuxPair.Ends ends = pair.open();
    ends.near().out().write(WORDS);
    ends.near().closeWrite();
    assertThat(ends.far().in().read()).isEqualTo(WORDS[0]);
    pair.dialer().close();
    assertThat(pair.listener().accept()).isEmpty();
    assertThat(ends.far().in().readAllBytes()).hasSize(WORDS.length - 1);
  }

  @Test
  void failsInTheMiddleWhenTheConnectionEnds() throws Exception {
    YamuxPair.Ends ends = pair.open();
    Concurrently<Integer> read = Concurrently.call(() -> ends.far().in().read());
    pair.dialer().close();
    assertThatThrownBy(read::join).hasRootCauseInstanceOf(IOException.class);
    assertThatThrownBy(() -> ends.far().out().write(1)).isInstanceOf(IOException.class);
  }

  @Test
  void aResetWakesReadersAndWritersOnBothSides() throws Exception {
    YamuxPair.Ends ends = pair.open();
    Concurrently<Integer> nearRead = Concurrently.call(() -> ends.near().in().read());
    Concurrently<Void> nearWrite =
        Concurrently.run(() -> ends.near().out().write(new byte[1 << 20]));
    ends.far().reset();
    assertThatThrownBy(nearRead::join).hasStackTraceContaining("reset");
    assertThatThrownBy(nearWrite::join).hasStackTraceContaining("reset");
    assertThatThrownBy(() -> ends.far().in().read()).hasMessageContaining("reset");
    assertThatThrownBy(() -> ends.far().out().write(1)).hasMessageContaining("reset");
  }

  @Test
  void aResetWakesWhoeverWaitsOnTheSameSide() throws Exception {
    YamuxPair.Ends ends = pair.open();
    Concurrently<Integer> read = Concurrently.call(() -> ends.near().in().read());
    Concurrently<Void> write = Concurrently.run(() -> ends.near().out().write(new byte[1 << 20]));
    assertThat(ends.far().in().readNBytes(YamuxFrame.INITIAL_WINDOW / 4)).isNotEmpty();
    ends.near().reset();
    assertThatThrownBy(read::join).hasStackTraceContaining("reset");
    assertThatThrownBy(write::join).hasStackTraceContaining("reset");
  }

  @Test
  void aReadThatWaitsTooLongFails() throws Exception {
    YamuxPair.Ends ends = pair.open();
    ends.near().timeout(Duration.ofMillis(20));
    assertThatThrownBy(() -> ends.near().in().read()).isInstanceOf(SocketTimeoutException.class);
    ends.far().out().write(7);
    ends.near().timeout(YamuxPair.PATIENCE);
    assertThat(ends.near().in().read()).isEqualTo(7);
  }

  @Test
  void aWriteThatWaitsTooLongFails() throws Exception {
    YamuxPair.Ends ends = pair.open();
    ends.near().timeout(Duration.ofMillis(20));
    byte[] tooMuch = new byte[YamuxFrame.INITIAL_WINDOW + 1];
    assertThatThrownBy(() -> ends.near().out().write(tooMuch))
        .isInstanceOf(SocketTimeoutException.class);
    assertThat(ends.far().in().readNBytes(YamuxFrame.INITIAL_WINDOW))
        .hasSize(YamuxFrame.INITIAL_WINDOW);
  }

  @Test
  void anInterruptEndsAWait() throws Exception {
    YamuxPair.Ends ends = pair.open();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> ends.near().in().read()).isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void aClosedStreamThrowsAwayWhatStillComes() throws Exception {
    YamuxPair.Ends ends = pair.open();
    ends.near().close();
    assertThat(ends.far().in().read()).isEqualTo(-1);
    ends.far().out().write(WORDS);
    ends.far().close();
    assertThatThrownBy(() -> ends.near().in().read()).hasMessageContaining("closed");
    YamuxPair.Ends others = pair.open();
    others.far().out().write(7);
    assertThat(others.near().in().read()).isEqualTo(7);
  }

  @Test
  void aWriterToAClosedStreamDoesNotWaitForEver() throws Exception {
    YamuxPair.Ends ends = pair.open();
    ends.near().close();
    Concurrently<Void> write = Concurrently.run(() -> ends.far().out().write(new byte[1 << 20]));
    assertThatThrownBy(write::join).hasStackTraceContaining("reset");
  }

  @Test
  void aWriterThatWaitsAlreadyWhenTheStreamIsClosedWaitsNoMore() throws Exception {
    YamuxPair.Ends ends = pair.open();
    Concurrently<Void> write = Concurrently.run(() -> ends.far().out().write(new byte[1 << 20]));
    ScriptedYamux.await(() -> available(ends.near()) == YamuxFrame.INITIAL_WINDOW);
    ends.near().close();
    assertThatThrownBy(write::join).hasStackTraceContaining("reset");
  }

  private static int available(MuxedStream stream) {
    try {
      return stream.in().available();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void canBeClosedAgainAndAgain() throws Exception {
    YamuxPair.Ends ends = pair.open();
    ends.near().close();
    ends.near().close();
    ends.near().reset();
    ends.near().closeWrite();
    assertThat(ends.far().in().read()).isEqualTo(-1);
  }
}
