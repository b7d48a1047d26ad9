package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import spindrift.base.ProtocolViolationException;
import spindrift.testkit.Seeds;

class ReceiveBufferTest {
  private static final int WINDOW = YamuxFrame.INITIAL_WINDOW;
  private static final long LONG_ROUND_TRIP = TimeUnit.MINUTES.toNanos(1);
  private static final long NO_WAIT = 0;

  private final MemoryBudget memory = new MemoryBudget(256 << 20);
  private final ReceiveBuffer buffer = new ReceiveBuffer(memory.open(() -> {}));

  private void put(byte[] bytes) throws ProtocolViolationException {
    buffer.expect(bytes.length);
    for (int done = 0; done < bytes.length; ) {
      byte[] ring = buffer.room(bytes.length - done);
      int count = Math.min(bytes.length - done, ring.length - buffer.position());
      System.arraycopy(bytes, done, ring, buffer.position(), count);
      buffer.publish(count);
      done += count;
    }
  }

  private byte[] take(int count) throws IOException {
    byte[] bytes = new byte[count];
    return Arrays.copyOf(bytes, buffer.take(bytes, 0, count, NO_WAIT));
  }

  @Test
  void givesOutWhatWasPutInWhateverTheSteps() {
    Seeds.forEach(
        20,
        random -> {
          ReceiveBuffer fresh = new ReceiveBuffer(memory.open(() -> {}));
          byte in = 0;
          byte out = 0;
          int held = 0;
          long credit = WINDOW;
          for (int step = 0; step < 500; step++) {
            int count = (int) Math.min(credit, random.nextInt(1 + random.nextInt(WINDOW / 4)));
            fresh.expect(count);
            credit -= count;
            for (int left = count; left > 0; ) {
              byte[] ring = fresh.room(left);
              int n = Math.min(left, ring.length - fresh.position());
              for (int i = 0; i < n; i++) {
                ring[fresh.position() + i] = in++;
              }
              fresh.publish(n);
              left -= n;
              held += n;
            }
            byte[] target = new byte[1 + random.nextInt(WINDOW / 2)];
            int taken = held == 0 ? 0 : fresh.take(target, 0, target.length, NO_WAIT);
            for (int i = 0; i < taken; i++) {
              if (target[i] != out++) {
                throw new AssertionError("a wrong byte");
              }
            }
            held -= taken;
            credit += fresh.grant(taken, random.nextBoolean() ? 0 : LONG_ROUND_TRIP);
            assertThat(fresh.available()).isEqualTo(held);
            assertThat(fresh.credit()).isEqualTo((int) credit);
          }
        });
  }

  @Test
  void grantsWhatWasTakenOnceItIsHalfTheWindow() throws Exception {
    put(new byte[WINDOW]);
    assertThat(buffer.grant(take(WINDOW / 2 - 1).length, 0)).isZero();
    assertThat(buffer.grant(take(1).length, 0)).isEqualTo(WINDOW / 2);
    assertThat(buffer.credit()).isEqualTo(WINDOW / 2);
  }

  @Test
  void doublesTheWindowUpToItsLimitWhileHalfOfItTakesLessThanFourRoundTrips() throws Exception {
    int window = WINDOW;
    while (window < ReceiveBuffer.LARGEST_WINDOW) {
      put(new byte[window / 2]);
      assertThat(buffer.grant(take(window / 2).length, LONG_ROUND_TRIP))
          .isEqualTo(window / 2 + window);
      window *= 2;
      put(new byte[window / 2]);
      assertThat(buffer.grant(take(window / 2).length, 0)).isEqualTo(window / 2);
    }
    put(new byte[window / 2]);
    assertThat(buffer.grant(take(window / 2).length, LONG_ROUND_TRIP)).isEqualTo(window / 2);
  }

  @Test
  void doesNotGrowWithoutMemory() throws Exception {
    ReceiveBuffer poor = new ReceiveBuffer(new MemoryBudget(WINDOW).open(() -> {}));
    poor.expect(WINDOW / 2);
    assertThat(poor.room(WINDOW / 2)).hasSize(WINDOW / 2);
    poor.publish(WINDOW / 2);
    assertThat(poor.take(new byte[WINDOW], 0, WINDOW, NO_WAIT)).isEqualTo(WINDOW / 2);
    assertThat(poor.grant(WINDOW / 2, LONG_ROUND_TRIP)).isEqualTo(WINDOW / 2);
  }

  @Test
  void takesNoMemoryForWhatIsOnlyAnnounced() throws Exception {
    buffer.expect(WINDOW);
    assertThat(buffer.charged()).isZero();
    assertThat(buffer.room(100)).hasSize(4096);
    assertThat(buffer.charged()).isEqualTo(4096);
  }

  @Test
  void freesItsMemoryWhenAllIsRead() throws Exception {
    put(new byte[1000]);
    assertThat(buffer.finish()).isTrue();
    assertThat(buffer.charged()).isPositive();
    assertThat(buffer.grant(take(1000).length, 0)).isZero();
    assertThat(buffer.charged()).isZero();
    assertThat(buffer.take(new byte[1], 0, 1, NO_WAIT)).isEqualTo(-1);
    assertThat(buffer.finish()).isFalse();
  }

  @Test
  void freesItsMemoryWhenNothingHasComeForAWhile() throws Exception {
    put(new byte[1000]);
    buffer.trim();
    buffer.trim();
    assertThat(buffer.charged()).as("not all is read").isPositive();
    assertThat(buffer.grant(take(1000).length, 0)).isZero();
    buffer.trim();
    assertThat(buffer.charged()).isZero();
    put(new byte[10]);
    buffer.trim();
    assertThat(take(10)).hasSize(10);
  }

  @Test
  void aBufferThatNobodyReadsTakesTheWindowAndNoMemory() throws Exception {
    buffer.refuse(new IOException("closed"));
    buffer.expect(WINDOW - 1);
    assertThat(buffer.room(1000)).isEmpty();
    assertThat(buffer.stalled()).isFalse();
    buffer.expect(1);
    assertThat(buffer.stalled()).isTrue();
    assertThatThrownBy(() -> take(1)).hasMessage("closed");
    assertThat(buffer.charged()).isZero();
  }
}
