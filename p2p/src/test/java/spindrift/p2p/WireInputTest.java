package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import spindrift.base.Bytes;

/** Reads ahead in as much memory as there is. */
@Timeout(20)
final class WireInputTest {
  private static final int FRAME = 2 + NoiseChannel.MAX_FRAME_BYTES;

  private static Wire wire(byte[] sent) throws Exception {
    MemoryWire.Pair pair = MemoryWire.pair();
    pair.dialer().write(Bytes.owning(sent.clone()));
    pair.dialer().endWriting();
    return pair.listener();
  }

  private static byte[] noise(int size) {
    byte[] bytes = new byte[size];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  /** Small pieces fill the buffer before frames that take all of it come. */
  private static void readsAll(WireInput in, byte[] sent, int... pieces) throws Exception {
    int at = 0;
    for (int round = 0; at < sent.length; round++) {
      int count = Math.min(pieces[round % pieces.length], sent.length - at);
      assertThat(in.await(count)).isTrue();
      byte[] got = new byte[count];
      in.take(got, count);
      assertThat(got).isEqualTo(Arrays.copyOfRange(sent, at, at + count));
      at += count;
    }
    assertThat(in.await(1)).isFalse();
  }

  @Test
  void wholeFramesFitWhereThereIsNoMemoryForMore() throws Exception {
    byte[] sent = noise(40 * FRAME);
    WireInput in = new WireInput(wire(sent));
    in.growWithin(bytes -> false);
    readsAll(in, sent, 3000, 30_000, 20_000, FRAME, 1, FRAME, 65_536);
  }

  @Test
  void readsInLargerPiecesWhereThereIs() throws Exception {
    byte[] sent = noise(40 * FRAME);
    long[] taken = {0};
    WireInput in = new WireInput(wire(sent));
    in.growWithin(
        bytes -> {
          taken[0] += bytes;
          return true;
        });
    readsAll(in, sent, 3000, FRAME, 1, 65_536);
    assertThat(taken[0]).isEqualTo(256 * 1024 - FRAME);
  }
}
