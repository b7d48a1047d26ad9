package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.base.ProtoWriter;

/** A peer whose handshake carries something other than a payload. */
class NoiseWrongPayloadTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "00", "ffffff", "0a00", "0a0408011200", "0a7f", "1200", "220212ff"})
  void isCutOff(String hex) throws Exception {
    try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
      attacker.answer(Bytes.parseHex(hex));
      assertThatThrownBy(attacker::victim).isInstanceOf(MalformedDataException.class);
      assertThat(attacker.isCutOff()).isTrue();
    }
  }

  @Test
  void isCutOffWhereMoreMuxersAreNamedThanAllowed() throws Exception {
    NoisePayload honest;
    try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
      honest = attacker.payload();
      List<String> muxers = Collections.nCopies(NoisePayload.MAX_MUXERS + 1, "/m");
      attacker.answer(new NoisePayload(honest.key(), honest.signature(), muxers).toBytes());
      assertThatThrownBy(attacker::victim).isInstanceOf(MalformedDataException.class);
    }
  }

  @Test
  void mayCarryWhatIsNotKnownHere() throws Exception {
    try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
      Bytes more =
          new ProtoWriter()
              .message(4, new ProtoWriter().bytes(1, Bytes.of(1, 2, 3)).varint(7, 7))
              .text(9, "later")
              .toBytes();
      attacker.answer(attacker.payload().toBytes().concat(more));
      assertThat(attacker.victim().muxer()).contains(NoisePair.MUXERS.getFirst());
    }
  }

  @Test
  void isReadAsItWasWritten() throws Exception {
    NoisePayload payload =
        NoisePayload.of(Identity.generate(), X25519.generate().publicKey(), List.of("/a", "/b"));
    assertThat(NoisePayload.read(payload.toBytes())).isEqualTo(payload);
    Bytes whole = payload.toBytes();
    int key = 2 + payload.key().toBytes().size();
    for (int size = 0; size < whole.size(); size++) {
      Bytes cut = whole.slice(0, size);
      boolean endsAfterAField = size == key || size == key + 2 + payload.signature().size();
      if (!endsAfterAField) {
        assertThatThrownBy(() -> NoisePayload.read(cut)).isInstanceOf(MalformedDataException.class);
      }
    }
  }
}
