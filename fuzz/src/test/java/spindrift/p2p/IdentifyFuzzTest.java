package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import spindrift.base.Bytes;
import spindrift.base.FaultException;

class IdentifyFuzzTest {
  private static final PeerId PEER = Identity.generate().peerId();

  @FuzzTest(maxDuration = "1m")
  void identifyStream(byte[] input) throws IOException {
    try {
      IdentifyMessage said = IdentifyMessage.read(new ByteArrayInputStream(input));
      assertThat(said.protocols().size()).isLessThanOrEqualTo(IdentifyMessage.MAX_PROTOCOLS);
      assertThat(said.listenAddresses().size()).isLessThanOrEqualTo(PeerRecord.MAX_ADDRESSES);
      assertThat(said.agent().chars()).noneMatch(Character::isISOControl);
      if (said.signedPeerRecord().size() < IdentifyMessage.MAX_SENT_BYTES) {
        assertThat(IdentifyMessage.read(sent(said.toMessages()))).isEqualTo(said);
      }
    } catch (FaultException | EOFException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void signedPeerRecord(byte[] input) {
    try {
      SignedEnvelope envelope = SignedEnvelope.read(Bytes.copyOf(input));
      assertThat(SignedEnvelope.read(envelope.toBytes())).isEqualTo(envelope);
      PeerRecord record = PeerRecord.read(envelope.payload());
      assertThat(PeerRecord.read(record.toBytes())).isEqualTo(record);
      // Nobody signed anything for this peer.
      assertThat(PeerRecord.open(Bytes.copyOf(input), PEER)).isNull();
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  private static ByteArrayInputStream sent(List<Bytes> messages) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Bytes message : messages) {
      message.writeTo(out);
    }
    return new ByteArrayInputStream(out.toByteArray());
  }
}
