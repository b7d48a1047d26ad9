package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import spindrift.base.IntegrityException;

/** A peer that is honest, and somebody else than the one that was dialled. */
class NoiseWrongPeerTest {
  @Test
  void isRefusedByTheDialerBeforeItSaysWhoItIs() throws Exception {
    try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
      Identity other = Identity.generate();
      attacker.answer(NoisePayload.of(other, attacker.statics.publicKey(), List.of()).toBytes());
      assertThatThrownBy(attacker::victim)
          .isInstanceOf(IntegrityException.class)
          .hasMessageContaining(other.peerId().toString())
          .hasMessageContaining(attacker.identity.peerId().toString());
      assertThat(attacker.isCutOff()).isTrue();
    }
  }

  @Test
  void isRefusedByTheListenerToo() throws Exception {
    MemoryWire.Pair wires = MemoryWire.pair();
    Optional<PeerId> expected = Optional.of(Identity.generate().peerId());
    try (Aside<NoiseChannel> accepting =
        Aside.run(
            () ->
                NoiseHandshake.accept(
                    wires.listener(), Identity.generate(), List.of(), expected))) {
      NoiseChannel dialed =
          NoiseHandshake.dial(wires.dialer(), Identity.generate(), List.of(), Optional.empty());
      assertThatThrownBy(accepting::result).isInstanceOf(IntegrityException.class);
      assertThat(dialed.read(new byte[1], 0, 1)).isEqualTo(-1);
    }
  }
}
