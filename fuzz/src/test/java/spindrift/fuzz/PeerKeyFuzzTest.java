package spindrift.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.p2p.PeerId;
import spindrift.p2p.PublicKey;

class PeerKeyFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void publicKey(byte[] input) {
    Bytes bytes = Bytes.copyOf(input);
    try {
      PublicKey key = PublicKey.read(bytes);
      assertThat(PublicKey.read(key.toBytes())).isEqualTo(key);
      assertThat(key.verifies(bytes, key.data())).isFalse();
      PeerId id = PeerId.of(key);
      assertThat(PeerId.fromBytes(id.multihash())).isEqualTo(id);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void peerIdText(byte[] input) {
    try {
      PeerId id = PeerId.parse(Bytes.copyOf(input).display());
      assertThat(PeerId.parse(id.toString())).isEqualTo(id);
      assertThat(PeerId.parse(id.toCid())).isEqualTo(id);
      assertThat(id.brief()).isNotEmpty();
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }
}
