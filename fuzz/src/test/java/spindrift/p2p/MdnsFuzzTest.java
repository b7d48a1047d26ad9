package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import spindrift.base.Bytes;
import spindrift.base.FaultException;

/** Packets that anybody on the network may send. */
class MdnsFuzzTest {
  private static final MdnsService SERVICE = new MdnsService(Identity.generate().peerId());

  @FuzzTest(maxDuration = "1m")
  void packet(byte[] input) {
    try {
      DnsMessage message = DnsMessage.read(Bytes.copyOf(input));
      assertThat(DnsMessage.read(message.toBytes())).isEqualTo(message);
      assertThat(SERVICE.peers(message)).hasSizeLessThanOrEqualTo(MdnsService.MAX_PEERS_IN_PACKET);
      assertThat(SERVICE.answer(message.questions(), List.of())).isEmpty();
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }
}
