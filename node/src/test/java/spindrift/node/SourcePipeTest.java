package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import spindrift.base.AbsentException;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.FaultException;

class SourcePipeTest {
  private record Source(Bytes bytes, AtomicBoolean stopped, AtomicBoolean fails)
      implements ByteSource {
    Source(Bytes bytes) {
      this(bytes, new AtomicBoolean(), new AtomicBoolean());
    }

    @Override
    public long size() {
      return bytes.size();
    }

    @Override
    public void writeTo(ByteTarget target, long from, long to) throws IOException, FaultException {
      try {
        for (int at = (int) from; at < to; at += 1000) {
          bytes.slice(at, (int) Math.min(at + 1000, to)).writeTo(target);
        }
        if (fails.get()) {
          throw new AbsentException("a block is gone");
        }
      } finally {
        stopped.set(true);
      }
    }
  }

  private static Bytes random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return Bytes.owning(bytes);
  }

  @Test
  void readsWhatTheSourceWrites() throws Exception {
    Source source = new Source(random(1_000_003));
    try (SourcePipe pipe = SourcePipe.open(source)) {
      assertThat(Bytes.owning(pipe.readAllBytes())).isEqualTo(source.bytes());
    }
  }

  @Test
  void failsWhereTheSourceFails() throws Exception {
    Source source = new Source(random(100_000));
    source.fails().set(true);
    try (SourcePipe pipe = SourcePipe.open(source)) {
      assertThatThrownBy(pipe::readAllBytes)
          .isInstanceOf(IOException.class)
          .hasCauseInstanceOf(AbsentException.class)
          .hasMessage("a block is gone");
    }
  }

  @Test
  void closingEarlyStopsTheSource() throws Exception {
    Source source = new Source(random(1_000_000));
    try (SourcePipe pipe = SourcePipe.open(source)) {
      assertThat(pipe.read()).isEqualTo(source.bytes().at(0) & 0xff);
    }
    assertThat(source.stopped()).isTrue();
  }
}
