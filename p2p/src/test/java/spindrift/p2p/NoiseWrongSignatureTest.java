package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.base.ProtocolViolationException;

/** A peer that names a key which it does not have. */
class NoiseWrongSignatureTest {
  @Test
  void ofAnotherNoiseKeyIsRefused() throws Exception {
    try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
      // Heard from the real peer in another handshake.
      Bytes otherKey = X25519.generate().publicKey();
      refuses(attacker, NoisePayload.of(attacker.identity, otherKey, List.of()));
    }
  }

  @Test
  void ofAnotherIdentityIsRefused() throws Exception {
    try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
      NoisePayload others =
          NoisePayload.of(Identity.generate(), attacker.statics.publicKey(), List.of());
      refuses(
          attacker, new NoisePayload(attacker.identity.publicKey(), others.signature(), List.of()));
    }
  }

  @Test
  void thatIsMissingIsRefused() throws Exception {
    try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
      refuses(attacker, new NoisePayload(attacker.identity.publicKey(), Bytes.EMPTY, List.of()));
    }
  }

  @Test
  void ofAKeyThatCannotBeCheckedIsRefused() throws Exception {
    try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
      PublicKey key = new PublicKey(PublicKey.Type.SECP256K1, Bytes.owning(new byte[33]));
      refuses(attacker, new NoisePayload(key, Bytes.owning(new byte[64]), List.of()));
    }
  }

  private static void refuses(NoiseAttacker attacker, NoisePayload payload) throws Exception {
    attacker.answer(payload.toBytes());
    assertThatThrownBy(attacker::victim)
        .isInstanceOf(ProtocolViolationException.class)
        .hasMessageContaining("signature");
    assertThat(attacker.isCutOff()).isTrue();
  }
}
