package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.ProtoReader;
import spindrift.base.ProtoWriter;

class IdentifyMessageTest {
  private static final IdentifyMessage SMALL =
      message(Set.of("/a/1", "/b/2"), List.of(IdentifyVectors.FIRST));

  private static IdentifyMessage message(Set<String> protocols, List<Multiaddr> addresses) {
    return new IdentifyMessage(
        Bytes.utf8("key"),
        addresses,
        protocols,
        Optional.of(IdentifyVectors.SECOND),
        "ipfs/0.1.0",
        "test/1 (x86)",
        Bytes.utf8("record"));
  }

  @Test
  void readsWhatGoLibp2pWrote() throws Exception {
    IdentifyMessage said = IdentifyMessage.parse(IdentifyVectors.identify());
    assertThat(said.publicKey()).isEqualTo(IdentifyVectors.identity().publicKey().toBytes());
    assertThat(said.listenAddresses())
        .containsExactly(IdentifyVectors.FIRST, IdentifyVectors.SECOND);
    assertThat(said.protocols())
        .containsExactlyInAnyOrder("/ipfs/id/1.0.0", "/ipfs/ping/1.0.0", "/ipfs/bitswap/1.2.0");
    assertThat(said.observed()).contains(TestHosts.multiaddr("/ip4/198.51.100.7/tcp/53124"));
    assertThat(said.protocolVersion()).isEqualTo("ipfs/0.1.0");
    assertThat(said.agent()).isEqualTo("kubo/0.43.0");
    assertThat(said.signedPeerRecord()).isEqualTo(IdentifyVectors.envelope());
  }

  @Test
  void isReadAsItWasWritten() throws Exception {
    assertThat(IdentifyMessage.read(sent(SMALL.toMessages()))).isEqualTo(SMALL);
    assertThat(SMALL.toMessages()).hasSize(1);
  }

  @Test
  void splitsWhatIsLargeAndPutsItTogetherAgain() throws Exception {
    Set<String> protocols =
        IntStream.range(0, IdentifyMessage.MAX_PROTOCOLS)
            .mapToObj(i -> "/a-protocol-with-a-name-that-is-rather-long/" + i)
            .collect(Collectors.toCollection(TreeSet::new));
    List<Multiaddr> addresses =
        IntStream.range(0, PeerRecord.MAX_ADDRESSES)
            .mapToObj(i -> TestHosts.multiaddr("/ip6/2001:db8::" + i + "/tcp/4001"))
            .toList();
    IdentifyMessage large = message(protocols, addresses);
    List<Bytes> messages = large.toMessages();
    assertThat(messages.size()).isBetween(3, IdentifyMessage.MAX_MESSAGES);
    assertThat(messages).allMatch(part -> part.size() <= IdentifyMessage.MAX_SENT_BYTES + 2);
    assertThat(IdentifyMessage.read(sent(messages))).isEqualTo(large);
  }

  @Test
  void refusesAStreamThatIsCutAnywhere() {
    byte[] whole = SMALL.toMessages().getFirst().toArray();
    for (int i = 1; i < whole.length; i++) {
      ByteArrayInputStream cut = new ByteArrayInputStream(whole, 0, i);
      assertThatThrownBy(() -> IdentifyMessage.read(cut)).isInstanceOf(EOFException.class);
    }
  }

  @Test
  void refusesAMessageThatIsCutAnywhereButBetweenFields() throws Exception {
    Bytes whole = IdentifyVectors.identify();
    for (int i = 0; i < whole.size(); i++) {
      Bytes cut = whole.slice(0, i);
      try {
        IdentifyMessage.parse(cut);
      } catch (FaultException e) {
        continue;
      }
      assertThat(endsBetweenFields(cut)).isTrue();
    }
  }

  private static boolean endsBetweenFields(Bytes bytes) throws FaultException {
    ProtoReader in = ProtoReader.of("test", bytes);
    while (in.next()) {
      in.skip();
    }
    return true;
  }

  @Test
  void refusesMoreMessagesThanAllowed() throws Exception {
    Bytes part = new ProtoWriter().text(3, "/a/1").toDelimited();
    List<Bytes> most = Collections.nCopies(IdentifyMessage.MAX_MESSAGES, part);
    assertThat(IdentifyMessage.read(sent(most)).protocols()).containsExactly("/a/1");
    List<Bytes> tooMany = Collections.nCopies(IdentifyMessage.MAX_MESSAGES + 1, part);
    assertThatThrownBy(() -> IdentifyMessage.read(sent(tooMany)))
        .isInstanceOf(LimitExceededException.class);
  }

  @Test
  void refusesAMessageLargerThanAllowed() throws Exception {
    int room = IdentifyMessage.MAX_READ_BYTES - 3;
    Bytes largest = new ProtoWriter().bytes(100, Bytes.owning(new byte[room - 1])).toDelimited();
    IdentifyMessage.read(sent(List.of(largest)));
    Bytes tooLarge = new ProtoWriter().bytes(100, Bytes.owning(new byte[room + 1])).toDelimited();
    assertThatThrownBy(() -> IdentifyMessage.read(sent(List.of(tooLarge))))
        .isInstanceOf(LimitExceededException.class);
    Bytes endless = Bytes.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
    assertThatThrownBy(() -> IdentifyMessage.read(sent(List.of(endless))))
        .isInstanceOf(LimitExceededException.class);
  }

  @Test
  void keepsNothingThatWouldGarbleATerminal() throws Exception {
    Bytes bytes =
        new ProtoWriter()
            .text(3, "/good/1")
            .text(3, "/bad\u001b[2J")
            .bytes(3, Bytes.of(0xff, 0xfe))
            .text(3, "/long/" + "x".repeat(IdentifyMessage.MAX_PROTOCOL_CHARS))
            .text(6, "evil\u001b]0;\u202e agent")
            .toBytes();
    IdentifyMessage said = IdentifyMessage.parse(bytes);
    assertThat(said.protocols()).containsExactly("/good/1");
    assertThat(said.agent()).isEqualTo("evil]0; agent");
  }

  @Test
  void keepsSoManyProtocolsAndNoMore() throws Exception {
    ProtoWriter out = new ProtoWriter();
    IntStream.range(0, 10_000).forEach(i -> out.text(3, "/" + i));
    assertThat(IdentifyMessage.parse(out.toBytes()).protocols())
        .hasSize(IdentifyMessage.MAX_PROTOCOLS);
  }

  @Test
  void leavesAsItWasWhatALaterOneDoesNotSay() throws Exception {
    IdentifyMessage later = IdentifyMessage.parse(new ProtoWriter().text(3, "/c/3").toBytes());
    IdentifyMessage known = later.over(SMALL, SMALL.listenAddresses());
    assertThat(known.protocols()).containsExactly("/c/3");
    assertThat(known.agent()).isEqualTo(SMALL.agent());
    assertThat(known.listenAddresses()).isEqualTo(SMALL.listenAddresses());
  }

  private static ByteArrayInputStream sent(List<Bytes> messages) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Bytes message : messages) {
      message.writeTo(out);
    }
    return new ByteArrayInputStream(out.toByteArray());
  }
}
