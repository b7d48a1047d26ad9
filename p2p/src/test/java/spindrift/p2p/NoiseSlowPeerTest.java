package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A peer, or a network, that brings one byte at a time. */
class NoiseSlowPeerTest {
  @Test
  void isUnderstoodAllTheSame() throws Exception {
    byte[] sent = new byte[70_000];
    new java.util.Random(1).nextBytes(sent);
    try (NoisePair pair = NoisePair.over(MemoryWire.pair(1))) {
      pair.dialer().write(sent, 0, sent.length);
      assertThat(NoisePair.read(pair.listener(), sent.length)).isEqualTo(sent);
    }
  }
}
