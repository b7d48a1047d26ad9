package spindrift.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class DecodedNarTest {
  /** A decoder that is closed by another thread while it reads. */
  private static final class Interrupted extends InputStream {
    final CountDownLatch reading = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);
    volatile boolean busy;
    volatile boolean closed;
    volatile boolean closedWhileBusy;

    @Override
    public int read() throws IOException {
      busy = true;
      reading.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      busy = false;
      return 1;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      return read();
    }

    @Override
    public void close() {
      closedWhileBusy |= busy;
      closed = true;
    }
  }

  @Test
  void theReaderGivesBackADecoderThatWasClosedUnderIt() throws Exception {
    Interrupted decoder = new Interrupted();
    DecodedNar nar = new DecodedNar(decoder, () -> 0, () -> {}, 10);
    Thread closer =
        Thread.startVirtualThread(
            () -> {
              try {
                decoder.reading.await();
              } catch (InterruptedException e) {
                return;
              }
              nar.close();
              decoder.goOn.countDown();
            });
    assertThatThrownBy(() -> nar.read(new byte[1], 0, 1)).hasMessage("closed");
    closer.join();
    assertThat(decoder.closed).isTrue();
    assertThat(decoder.closedWhileBusy).isFalse();
  }

  @Test
  void whoClosesItGivesBackADecoderThatNobodyReads() throws Exception {
    Interrupted decoder = new Interrupted();
    decoder.goOn.countDown();
    DecodedNar nar = new DecodedNar(decoder, () -> 0, () -> {}, 10);
    assertThat(nar.read(new byte[1], 0, 1)).isEqualTo(1);
    nar.close();
    assertThat(decoder.closed).isTrue();
  }
}
