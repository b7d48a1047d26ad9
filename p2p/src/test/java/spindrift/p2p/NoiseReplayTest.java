package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.base.ProtocolViolationException;

/** Somebody on the way who repeats, reorders, drops or changes frames. */
class NoiseReplayTest {
  private static final int PAYLOADS = 3;

  @Test
  void aRepeatedFrameIsRefused() throws Exception {
    check(1, 0, 0);
  }

  @Test
  void reorderedFramesAreRefused() throws Exception {
    check(0, 1, 0);
  }

  @Test
  void aDroppedFrameIsNoticed() throws Exception {
    check(1, 0, 2);
  }

  /** Sends frames in some order, of which the first few are in their place. */
  private static void check(int good, int... order) throws Exception {
    try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
      NoiseCipher cipher = new NoiseCipher(attacker.finish().fromResponder());
      Bytes[] frames = new Bytes[PAYLOADS];
      for (int i = 0; i < PAYLOADS; i++) {
        frames[i] = NoiseFrameSizeTest.seal(cipher, "snow");
      }
      for (int number : order) {
        attacker.wire().writeFrame(frames[number]);
      }
      assertThat(NoisePair.read(attacker.victim(), 4 * good)).hasSize(4 * good);
      NoiseFrameSizeTest.refuses(attacker.victim());
      assertThat(attacker.isCutOff()).isTrue();
    }
  }

  @Test
  void oneChangedBitAnywhereIsRefused() throws Exception {
    byte[] key = new byte[NoiseCipher.KEY_BYTES];
    Bytes frame = NoiseFrameSizeTest.seal(new NoiseCipher(Bytes.copyOf(key)), "snow");
    for (int bit = 0; bit < frame.size() * Byte.SIZE; bit++) {
      byte[] changed = frame.toArray();
      changed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      byte[] out = new byte[4];
      assertThatThrownBy(
              () ->
                  new NoiseCipher(Bytes.copyOf(key))
                      .open(Bytes.EMPTY, changed, 0, changed.length, out, 0))
          .isInstanceOf(ProtocolViolationException.class);
      assertThat(out).containsOnly(0);
    }
  }

  @Test
  void aHandshakeFromAnotherTimeIsRefused() throws Exception {
    Bytes heard;
    try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
      heard = attacker.noise.write(attacker.payload().toBytes());
    }
    try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
      attacker.wire().writeFrame(heard);
      assertThatThrownBy(attacker::victim).isInstanceOf(ProtocolViolationException.class);
    }
  }
}
