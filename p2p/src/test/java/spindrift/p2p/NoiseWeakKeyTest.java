package spindrift.p2p;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.ProtocolViolationException;

/** Keys with which everybody shares the same secret, and keys that were used too often. */
class NoiseWeakKeyTest {
  /** Points of small order, and such that are none, as RFC 7748 and its readers list them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080"
      })
  void givesNoSecret(String hex) throws Exception {
    Bytes key = Bytes.parseHex(hex);
    assertThatThrownBy(() -> X25519.generate().agree(key))
        .isInstanceOf(ProtocolViolationException.class);
    try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
      attacker.wire().writeFrame(key.concat(Bytes.owning(new byte[64])));
      assertThatThrownBy(attacker::victim).isInstanceOf(ProtocolViolationException.class);
      assertThat(attacker.isCutOff()).isTrue();
    }
  }

  @Test
  void otherKeysGiveBothSidesTheSameSecret() throws Exception {
    X25519 one = X25519.generate();
    X25519 other = X25519.of(Bytes.owning("twelve dozen flakes of snow, all".getBytes(US_ASCII)));
    assertThat(one.agree(other.publicKey())).isEqualTo(other.agree(one.publicKey()));
    assertThat(one).hasToString(one.publicKey().toString());
  }

  @Test
  void theLastNonceIsNeverUsed() throws Exception {
    Bytes key = Bytes.owning(new byte[NoiseCipher.KEY_BYTES]);
    NoiseCipher sealing = new NoiseCipher(key, -2);
    NoiseCipher opening = new NoiseCipher(key, -2);
    byte[] buffer = new byte[20];
    sealing.seal(Bytes.EMPTY, buffer, 0, 4, buffer, 0);
    assertThat(opening.open(Bytes.EMPTY, buffer, 0, 20, buffer, 0)).isEqualTo(4);
    assertThatThrownBy(() -> sealing.seal(Bytes.EMPTY, buffer, 0, 4, buffer, 0))
        .isInstanceOf(java.io.IOException.class);
    assertThatThrownBy(() -> opening.open(Bytes.EMPTY, buffer, 0, 20, buffer, 0))
        .isInstanceOf(java.io.IOException.class);
  }
}
