package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import spindrift.base.FaultException;

/** A peer that sends anything at all; it lives in the package of Yamux, which nobody else sees. */
class YamuxFuzzTest {
  private static final int MOST_STREAMS = 8;
  private static final long MEMORY = 1 << 20;

  @FuzzTest(maxDuration = "1m")
  void frames(byte[] input) throws InterruptedException {
    MemoryBudget memory = new MemoryBudget(MEMORY);
    YamuxSettings settings = YamuxSettings.of(MOST_STREAMS, memory, RateLimit.none());
    try (Yamux yamux = Yamux.start(new Script(input), YamuxSide.LISTENER, settings)) {
      open(yamux);
      Optional<MuxedStream> next = yamux.accept();
      while (next.isPresent()) {
        read(next.get(), yamux.bytesIn() % 3);
        assertThat(yamux.streams()).isLessThanOrEqualTo(MOST_STREAMS + 1);
        assertThat(memory.used()).isLessThanOrEqualTo(MEMORY);
        next = yamux.accept();
      }
      yamux.fault().ifPresent(fault -> assertThat(fault).hasMessageStartingWith("/yamux/1.0.0: "));
      assertThat(yamux.bytesIn()).isLessThanOrEqualTo(input.length);
      if (yamux.fault().isEmpty()) {
        assertThat(yamux.end().orElseThrow()).hasNoCause();
      }
    }
    assertThat(memory.used()).isZero();
  }

  private static void open(Yamux yamux) throws InterruptedException {
    try {
      yamux.open(Duration.ZERO).out().write(1);
    } catch (IOException e) {
      assertThat(e).hasMessageMatching("(?s).+");
    }
  }

  /** Reads what has come, then closes, resets or forgets the stream. */
  private static void read(MuxedStream stream, long ending) {
    try {
      InputStream in = stream.in();
      assertThat(in.skip(in.available())).isNotNegative();
      if (ending == 0) {
        stream.close();
      } else if (ending == 1) {
        stream.reset();
      }
    } catch (IOException e) {
      assertThat(e).hasMessageMatching("(?s).+");
    }
  }

  /** A channel on which everything that the peer has to say has come already. */
  private static final class Script implements SecureChannel {
    private final byte[] input;
    private int position;

    Script(byte[] input) {
      this.input = input;
    }

    @Override
    public PublicKey remoteKey() {
      throw new UnsupportedOperationException("no key");
    }

    @Override
    public Optional<String> muxer() {
      return Optional.empty();
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException, FaultException {
      if (position == input.length) {
        return -1;
      }
      int count = Math.min(length, input.length - position);
      System.arraycopy(input, position, buffer, from, count);
      position += count;
      return count;
    }

    @Override
    public void write(byte[] buffer, int from, int length) {
      assertThat(length).isPositive();
    }

    @Override
    public void close() {}
  }
}
