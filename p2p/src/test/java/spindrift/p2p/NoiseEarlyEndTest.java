package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;

/** A peer that vanishes at any byte. */
class NoiseEarlyEndTest {
  private static final Identity SELF = Identity.generate();

  @Test
  void atEveryByteOfTheAnswerFailsTheDialer() throws Exception {
    int size = 2 + new NoiseXxSizes().second();
    for (int cut = 0; cut < size; cut++) {
      try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
        Bytes message = attacker.noise.write(attacker.payload().toBytes());
        Bytes framed = Bytes.of(message.size() >> 8, message.size() & 0xff).concat(message);
        assertThat(framed.size()).isEqualTo(size);
        attacker.wire().write(framed.slice(0, cut));
        attacker.wire().endWriting();
        assertThatThrownBy(attacker::victim).isInstanceOf(EOFException.class);
      }
    }
  }

  @Test
  void atEveryByteOfBothMessagesFailsTheListener() throws Exception {
    NoiseXxSizes sizes = new NoiseXxSizes();
    int first = 2 + 32;
    for (int cut = 0; cut < first + 2 + sizes.third(); cut++) {
      MemoryWire.Pair wires = MemoryWire.pair();
      try (Aside<NoiseChannel> victim =
          Aside.run(
              () ->
                  NoiseHandshake.accept(
                      wires.listener(), SELF, NoisePair.MUXERS, Optional.empty()))) {
        X25519 statics = X25519.generate();
        NoiseXx noise = new NoiseXx(statics, X25519.generate(), Bytes.EMPTY);
        Bytes hello = noise.write(Bytes.EMPTY);
        wires.dialer().write(framed(hello).slice(0, Math.min(cut, first)));
        if (cut > first) {
          noise.read(wires.dialer().readFrame());
          NoisePayload payload = NoisePayload.of(SELF, statics.publicKey(), NoisePair.MUXERS);
          wires.dialer().write(framed(noise.write(payload.toBytes())).slice(0, cut - first));
        }
        wires.dialer().endWriting();
        assertThatThrownBy(victim::result).isInstanceOf(EOFException.class);
      }
    }
  }

  @Test
  void betweenFramesIsTheEnd() throws Exception {
    try (NoisePair pair = NoisePair.over(MemoryWire.pair())) {
      pair.dialer().write(new byte[10], 0, 10);
      pair.dialer().close();
      assertThat(NoisePair.read(pair.listener(), 20)).hasSize(10);
      assertThat(pair.listener().read(new byte[1], 0, 1)).isEqualTo(-1);
    }
  }

  @Test
  void atEveryByteOfAFrameIsAnError() throws Exception {
    for (int cut = 1; cut < 2 + 4 + NoiseCipher.TAG_BYTES; cut++) {
      try (NoiseAttacker attacker = NoiseAttacker.dialled()) {
        NoiseCipher cipher = new NoiseCipher(attacker.finish().fromResponder());
        attacker.wire().write(framed(NoiseFrameSizeTest.seal(cipher, "snow")).slice(0, cut));
        attacker.wire().endWriting();
        NoiseChannel victim = attacker.victim();
        assertThatThrownBy(() -> victim.read(new byte[4], 0, 4)).isInstanceOf(EOFException.class);
      }
    }
  }

  private static Bytes framed(Bytes message) {
    return Bytes.of(message.size() >> 8, message.size() & 0xff).concat(message);
  }

  /** How long messages with an honest payload are. */
  private static final class NoiseXxSizes {
    private final int payload =
        NoisePayload.of(SELF, X25519.generate().publicKey(), NoisePair.MUXERS).toBytes().size();

    int second() {
      return 32 + 32 + 16 + payload + 16;
    }

    int third() {
      return 32 + 16 + payload + 16;
    }
  }

  @Test
  void closingTheWireEndsAHandshakeThatWaits() throws Exception {
    MemoryWire.Pair wires = MemoryWire.pair();
    try (Aside<NoiseChannel> victim =
        Aside.run(
            () -> NoiseHandshake.accept(wires.listener(), SELF, List.of(), Optional.empty()))) {
      wires.listener().close();
      assertThatThrownBy(victim::result).isInstanceOf(java.io.IOException.class);
    }
  }
}
