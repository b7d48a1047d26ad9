package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

class DnsMessageTest {
  private static final String QUERY =
      "000000000001000000000000" + "045f703270045f756470056c6f63616c00" + "000c0001";

  @ParameterizedTest
  @CsvFileSource(resources = "/vectors/mdns/packets.csv", numLinesToSkip = 1)
  void readsThePacketsOfOtherPeers(String name, String hex) throws Exception {
    DnsMessage message = DnsMessage.read(Bytes.parseHex(hex));
    boolean query = name.endsWith("query") || name.endsWith("probe");
    assertThat(message.kind()).isEqualTo(query ? DnsMessage.Kind.QUERY : DnsMessage.Kind.RESPONSE);
    if (name.endsWith("query")) {
      assertThat(message.questions()).isEqualTo(MdnsService.QUERY.questions());
    }
    DnsMessage again = DnsMessage.read(message.toBytes());
    assertThat(again).isEqualTo(message);
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/vectors/mdns/packets.csv", numLinesToSkip = 1)
  void rejectsEveryTruncation(String name, String hex) throws Exception {
    Bytes whole = Bytes.parseHex(hex);
    for (int size = 0; size < whole.size(); size++) {
      Bytes cut = whole.slice(0, size);
      assertThatThrownBy(() -> DnsMessage.read(cut))
          .as(name)
          .isInstanceOf(MalformedDataException.class);
    }
  }

  @Test
  void asksAsOthersDo() {
    assertThat(MdnsService.QUERY.toBytes().hex()).isEqualTo(QUERY);
  }

  @Test
  void lettersOfEitherCaseAreTheSame() throws Exception {
    Bytes upper = Bytes.parseHex(QUERY.replace("6c6f63616c", "4c4f43414c"));
    assertThat(DnsMessage.read(upper)).isEqualTo(MdnsService.QUERY);
  }

  @Test
  void keepsTheWishForAnAnswerToOneAlone() throws Exception {
    DnsMessage query = DnsMessage.read(Bytes.parseHex(QUERY.replace("000c0001", "000c8001")));
    assertThat(query.questions().getFirst().reply()).isEqualTo(DnsMessage.Reply.UNICAST);
    assertThat(DnsMessage.read(query.toBytes())).isEqualTo(query);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // a name that points at itself, forward, and at another that points back
        "000000000001000000000000" + "c00c" + "000c0001",
        "000000000001000000000000" + "c010" + "000c0001",
        "000000000002000000000000" + "0161c00c" + "000c0001" + "0162c00c" + "000c0001",
        // more questions and records than there are, and than are read at all
        "00000000ffffffffffffffff" + "00000c0001",
        "000000000000010000000001",
        "000084000000000100000000",
        // labels of types that nobody uses
        "000000000001000000000000" + "4161" + "000c0001",
        "000000000001000000000000" + "8161" + "000c0001",
        // neither a query nor an answer, and an error
        "000028000000000000000000",
        "000084030000000000000000",
        // data longer and shorter than it says
        "000084000000000100000000" + "00" + "000c0001" + "00000078" + "0002" + "00",
        "000084000000000100000000" + "00" + "000c0001" + "00000078" + "0000" + "00",
        "000084000000000100000000" + "00" + "00100001" + "00000078" + "0002" + "0261",
        "000084000000000100000000" + "00" + "00010001" + "00000078" + "0003" + "7f0000",
        "000084000000000100000000" + "00" + "00210001" + "00000078" + "0003" + "000000"
      })
  void rejectsPacketsThatLie(String hex) throws Exception {
    Bytes bytes = Bytes.parseHex(hex);
    assertThatThrownBy(() -> DnsMessage.read(bytes)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void namesHaveALargestSize() throws Exception {
    DnsName longest = new DnsName(Collections.nCopies(127, "a"));
    assertThat(longest.toBytes().size()).isEqualTo(DnsName.MAX_BYTES);
    assertThat(DnsMessage.read(query(longest)).questions().getFirst().name()).isEqualTo(longest);
    Bytes longer = query(new DnsName(Collections.nCopies(128, "a")));
    assertThatThrownBy(() -> DnsMessage.read(longer)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void aLongNameCannotBeMadeByManyPointers() throws Exception {
    // Each name is one label more than the one before, to which it points.
    Bytes packet =
        Bytes.parseHex("000000000080000000000000").concat(Bytes.parseHex("016100000c0001"));
    int before = 12;
    for (int i = 1; i < 0x80; i++) {
      int at = packet.size();
      packet = packet.concat(Bytes.of(1, 'a', 0xc0 | (before >> 8), before & 0xff, 0, 12, 0, 1));
      before = at;
    }
    Bytes whole = packet;
    assertThatThrownBy(() -> DnsMessage.read(whole)).isInstanceOf(MalformedDataException.class);
  }

  private static Bytes query(DnsName name) {
    return DnsMessage.query(
            new DnsMessage.Question(name, DnsRecord.PTR, DnsMessage.Reply.MULTICAST))
        .toBytes();
  }

  @Test
  void anAnswerToASimpleResolverRepeatsItsQuestion() throws Exception {
    DnsMessage query =
        new DnsMessage(
            7, DnsMessage.Kind.QUERY, MdnsService.QUERY.questions(), List.of(), List.of());
    DnsMessage answer =
        new DnsMessage(0, DnsMessage.Kind.RESPONSE, List.of(), List.of(), List.of());
    DnsMessage reply = DnsMessage.read(answer.inReplyTo(query).toBytes());
    assertThat(reply.id()).isEqualTo(7);
    assertThat(reply.questions()).isEqualTo(query.questions());
    assertThat(reply.kind()).isEqualTo(DnsMessage.Kind.RESPONSE);
  }
}
