package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.base.ProtocolViolationException;

/** A peer that sends frames of sizes that cannot be. */
class NoiseFrameSizeTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 31, 32, 95})
  void aHandshakeMessageThatIsTooShortIsRefused(int size) throws Exception {
    try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
      Bytes message = attacker.noise.write(Bytes.EMPTY);
      attacker.wire().writeFrame(message.slice(0, size));
      assertThatThrownBy(attacker::victim)
          .isInstanceOfAny(MalformedDataException.class, ProtocolViolationException.class);
      assertThat(attacker.isCutOff()).isTrue();
    }
  }

  @Test
  void aHandshakeMessageThatIsTooLongIsRefusedBeforeItCame() throws Exception {
    try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
      int size = NoiseHandshake.MAX_MESSAGE_BYTES + 1;
      attacker.wire().write(Bytes.of(size >> 8, size & 0xff));
      assertThatThrownBy(attacker::victim)
          .isInstanceOf(ProtocolViolationException.class)
          .hasMessageContaining(String.valueOf(size));
      assertThat(attacker.isCutOff()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15})
  void aFrameTooShortForItsTagIsRefused(int size) throws Exception {
    try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
      attacker.finish();
      attacker.wire().writeFrame(Bytes.owning(new byte[size]));
      refuses(attacker.victim());
      assertThat(attacker.isCutOff()).isTrue();
    }
  }

  @Test
  void anEmptyFrameIsPassedOver() throws Exception {
    try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
      NoiseCipher cipher = new NoiseCipher(attacker.finish().fromResponder());
      for (String text : new String[] {"", "", "snow", ""}) {
        attacker.wire().writeFrame(seal(cipher, text));
      }
      attacker.wire().endWriting();
      assertThat(NoisePair.read(attacker.victim(), 9)).isEqualTo(Bytes.utf8("snow").toArray());
    }
  }

  static Bytes seal(NoiseCipher cipher, String text) throws IOException {
    byte[] plain = Bytes.utf8(text).toArray();
    byte[] out = new byte[plain.length + NoiseCipher.TAG_BYTES];
    cipher.seal(Bytes.EMPTY, plain, 0, plain.length, out, 0);
    return Bytes.owning(out);
  }

  static void refuses(NoiseChannel channel) {
    assertThatThrownBy(() -> channel.read(new byte[100], 0, 100))
        .isInstanceOf(FaultException.class);
    assertThatThrownBy(() -> channel.read(new byte[100], 0, 100)).isInstanceOf(IOException.class);
  }
}
