package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;
import spindrift.base.ProtoWriter;

class PeerRecordTest {
  private static final PeerRecord RECORD =
      new PeerRecord(
          Identity.generate().peerId(), 7, List.of(IdentifyVectors.FIRST, IdentifyVectors.SECOND));

  @Test
  void readsWhatGoLibp2pSigned() throws Exception {
    PeerRecord record =
        PeerRecord.open(IdentifyVectors.envelope(), IdentifyVectors.identity().peerId());
    assertThat(record.sequence()).isEqualTo(IdentifyVectors.SEQUENCE);
    assertThat(record.addresses()).containsExactly(IdentifyVectors.FIRST, IdentifyVectors.SECOND);
  }

  @Test
  void signsByteForByteAsGoLibp2p() throws Exception {
    Identity identity = IdentifyVectors.identity();
    PeerRecord record =
        new PeerRecord(
            identity.peerId(),
            IdentifyVectors.SEQUENCE,
            List.of(IdentifyVectors.FIRST, IdentifyVectors.SECOND));
    assertThat(record.seal(identity).toBytes()).isEqualTo(IdentifyVectors.envelope());
  }

  @Test
  void isReadAsItWasWritten() throws Exception {
    assertThat(PeerRecord.read(RECORD.toBytes())).isEqualTo(RECORD);
  }

  @Test
  void refusesAnEnvelopeInWhichAnyBitIsWrong() throws Exception {
    PeerId peer = IdentifyVectors.identity().peerId();
    byte[] envelope = IdentifyVectors.envelope().toArray();
    for (int i = 0; i < envelope.length; i++) {
      byte[] changed = envelope.clone();
      changed[i] ^= 1;
      assertThatThrownBy(() -> PeerRecord.open(Bytes.owning(changed), peer))
          .isInstanceOf(FaultException.class);
    }
  }

  @Test
  void refusesAnEnvelopeThatIsCutAnywhere() throws Exception {
    PeerId peer = IdentifyVectors.identity().peerId();
    Bytes envelope = IdentifyVectors.envelope();
    for (int i = 0; i < envelope.size(); i++) {
      Bytes cut = envelope.slice(0, i);
      assertThatThrownBy(() -> PeerRecord.open(cut, peer)).isInstanceOf(FaultException.class);
    }
  }

  @Test
  void refusesTheRecordOfAnother() {
    Identity signer = Identity.generate();
    PeerId sender = Identity.generate().peerId();
    Bytes ofAnother = new PeerRecord(signer.peerId(), 1, List.of()).seal(signer).toBytes();
    Bytes byAnother = new PeerRecord(sender, 1, List.of()).seal(signer).toBytes();
    Bytes aboutAnother = new PeerRecord(sender, 1, List.of()).seal(signer).toBytes();
    assertThatThrownBy(() -> PeerRecord.open(ofAnother, sender))
        .isInstanceOf(IntegrityException.class);
    assertThatThrownBy(() -> PeerRecord.open(byAnother, sender))
        .isInstanceOf(IntegrityException.class);
    assertThatThrownBy(() -> PeerRecord.open(aboutAnother, signer.peerId()))
        .isInstanceOf(IntegrityException.class);
  }

  @Test
  void refusesWhatWasSignedForAnotherPurpose() {
    Identity identity = Identity.generate();
    Bytes payload = new PeerRecord(identity.peerId(), 1, List.of()).toBytes();
    Bytes asTheRfcHasIt =
        SignedEnvelope.seal(identity, "libp2p-routing-state", PeerRecord.PAYLOAD_TYPE, payload)
            .toBytes();
    Bytes otherType =
        SignedEnvelope.seal(identity, PeerRecord.DOMAIN, Bytes.of(0x81, 0x06), payload).toBytes();
    assertThatThrownBy(() -> PeerRecord.open(asTheRfcHasIt, identity.peerId()))
        .isInstanceOf(IntegrityException.class);
    assertThatThrownBy(() -> PeerRecord.open(otherType, identity.peerId()))
        .isInstanceOf(MalformedDataException.class);
  }

  @Test
  void leavesOutAddressesThatItCannotRead() throws Exception {
    Bytes bytes =
        new ProtoWriter()
            .bytes(1, RECORD.peer().multihash())
            .message(3, new ProtoWriter().bytes(1, Bytes.of(0xff, 0xff, 0x7f)))
            .message(3, new ProtoWriter().bytes(1, IdentifyVectors.FIRST.toBytes()))
            .toBytes();
    assertThat(PeerRecord.read(bytes).addresses()).containsExactly(IdentifyVectors.FIRST);
  }

  @Test
  void keepsSoManyAddressesAndNoMore() throws Exception {
    PeerRecord large =
        new PeerRecord(RECORD.peer(), 1, Collections.nCopies(1000, IdentifyVectors.FIRST));
    assertThat(PeerRecord.read(large.toBytes()).addresses()).hasSize(PeerRecord.MAX_ADDRESSES);
  }
}
