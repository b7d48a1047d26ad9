package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

class MdnsServiceTest {
  private static final DnsName SOMEBODY = DnsName.of("somebody._p2p._udp.local");

  private final PeerId self = Identity.generate().peerId();
  private final PeerId other = Identity.generate().peerId();
  private final MdnsService service = new MdnsService(self);
  private final MdnsService others = new MdnsService(other);

  @ParameterizedTest
  @CsvFileSource(resources = "/vectors/mdns/packets.csv", numLinesToSkip = 1)
  void findsThePeersInPacketsOfOthers(String name, String hex) throws Exception {
    Map<PeerId, List<Multiaddr>> peers = service.peers(DnsMessage.read(Bytes.parseHex(hex)));
    if (name.equals("kubo-query") || name.equals("helia-query")) {
      assertThat(peers).isEmpty();
    } else if (!name.endsWith("probe")) {
      assertThat(peers).hasSize(1);
      String machine = name.startsWith("kubo") ? "192.168.77.3" : "192.168.77.2";
      assertThat(peers.values().iterator().next())
          .anyMatch(address -> address.toString().startsWith("/ip4/" + machine + "/tcp/"));
    }
  }

  @Test
  void aPeerFindsWhatAnotherSays() throws Exception {
    List<Multiaddr> addresses = addresses("/ip4/192.0.2.1/tcp/4001", "/ip6/2001:db8::1/tcp/4002");
    DnsMessage answer = answer(others, MdnsService.SERVICE, DnsRecord.PTR, addresses).orElseThrow();

    assertThat(answer.answers()).hasSize(1);
    assertThat(types(answer.additionals()))
        .containsExactlyInAnyOrder(DnsRecord.TXT, DnsRecord.SRV, DnsRecord.A, DnsRecord.AAAA);
    DnsMessage read = DnsMessage.read(answer.toBytes());
    assertThat(service.peers(read)).isEqualTo(Map.of(other, addresses));
    assertThat(others.peers(read)).isEmpty();
    assertThat(new MdnsService(other).peers(read)).as("two names of one peer").isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "_p2p._udp.local, 12, 1",
    "_p2p._udp.local, 255, 1",
    "_p2p._udp.local, 16, 0",
    "_services._dns-sd._udp.local, 12, 1",
    "INSTANCE, 16, 1",
    "INSTANCE, 33, 1",
    "INSTANCE, 255, 2",
    "INSTANCE, 1, 0",
    "HOST, 1, 1",
    "HOST, 28, 0",
    "_p2p._tcp.local, 12, 0",
    "other._p2p._udp.local, 16, 0"
  })
  void answersWhatItIsAsked(String name, int type, int answers) throws Exception {
    List<Multiaddr> addresses = addresses("/ip4/192.0.2.1/tcp/4001");
    DnsMessage known = answer(service, MdnsService.SERVICE, DnsRecord.PTR, addresses).orElseThrow();
    DnsName instance = ((DnsRecord.Pointer) known.answers().getFirst().data()).target();
    DnsName asked =
        switch (name) {
          case "INSTANCE" -> instance;
          case "HOST" -> DnsName.of(instance.labels().getFirst() + ".local");
          default -> DnsName.of(name);
        };
    assertThat(instance.labels().getFirst()).matches("[a-z0-9]{32,63}");
    assertThat(answer(service, asked, type, addresses).map(a -> a.answers().size()).orElse(0))
        .isEqualTo(answers);
    DnsMessage.Question question = new DnsMessage.Question(asked, type, DnsMessage.Reply.MULTICAST);
    assertThat(service.concerns(question))
        .isEqualTo(!name.endsWith("tcp.local") && !name.startsWith("other"));
  }

  @Test
  void saysNothingWithoutAnAddress() throws Exception {
    assertThat(answer(service, MdnsService.SERVICE, DnsRecord.PTR, List.of())).isEmpty();
    List<Multiaddr> unusable =
        addresses("/ip4/192.0.2.1/udp/4001/quic-v1", "/dns4/example.com/tcp/1");
    assertThat(answer(service, MdnsService.SERVICE, DnsRecord.PTR, unusable)).isEmpty();
    assertThat(service.goodbye(List.of())).isEmpty();
  }

  @Test
  void staysWithinOnePacket() throws Exception {
    List<Multiaddr> many = new ArrayList<>();
    for (int i = 1; i < 200; i++) {
      many.addAll(addresses("/ip6/2001:db8:1111:2222:3333:4444:5555:" + i + "/tcp/65535"));
    }
    DnsMessage answer = answer(service, MdnsService.SERVICE, DnsRecord.PTR, many).orElseThrow();
    assertThat(answer.toBytes().size()).isLessThan(1472);
  }

  @Test
  void nobodyIsFoundInAGoodbye() throws Exception {
    DnsMessage goodbye = others.goodbye(addresses("/ip4/192.0.2.1/tcp/4001")).orElseThrow();
    assertThat(service.peers(DnsMessage.read(goodbye.toBytes()))).isEmpty();
  }

  @Test
  void passesOverStringsThatAreNoAddressOfAPeer() {
    assertThat(
            found(
                "dnsaddr=",
                "dnsaddr=/ip4/192.0.2.1/tcp/1",
                "dnsaddr=/nosuch/thing/p2p/" + other,
                "dnsaddr=/ip4/192.0.2.1/tcp/1/p2p/" + self,
                "DNSADDR=/ip4/192.0.2.1/tcp/2/p2p/" + other,
                "/ip4/192.0.2.1/tcp/3/p2p/" + other,
                "dnsaddr=/ip4/192.0.2.1/tcp/4/p2p/" + other,
                "dnsaddr=/ip4/192.0.2.1/tcp/4/p2p/" + other,
                "dnsaddr=/ip4/192.0.2.1/tcp/5/p2p/" + other.toCid()))
        .containsOnlyKeys(other)
        .hasEntrySatisfying(
            other,
            addresses ->
                assertThat(addresses)
                    .extracting(Multiaddr::toString)
                    .containsExactly("/ip4/192.0.2.1/tcp/4", "/ip4/192.0.2.1/tcp/5"));
  }

  @Test
  void readsOnlyWhatIsSaidOfPeers() throws Exception {
    DnsRecord.Text text =
        new DnsRecord.Text(List.of(Bytes.utf8("dnsaddr=/ip4/192.0.2.1/tcp/4/p2p/" + other)));
    for (String name :
        new String[] {"_p2p._udp.local", "a.b._p2p._udp.local", "a._p2p._tcp.local", "a"}) {
      DnsRecord record = new DnsRecord(DnsName.of(name), text, 120);
      assertThat(service.peers(response(List.of(record)))).isEmpty();
    }
    assertThat(service.peers(response(List.of(new DnsRecord(SOMEBODY, text, 120))))).hasSize(1);
  }

  @Test
  void rememberLittleOfAPacketThatSaysMuch() {
    String[] peers =
        IntStream.range(0, 50)
            .mapToObj(i -> "dnsaddr=/ip4/192.0.2.1/tcp/4/p2p/" + Identity.generate().peerId())
            .toArray(String[]::new);
    assertThat(found(peers)).hasSize(MdnsService.MAX_PEERS_IN_PACKET);
    String[] addresses =
        IntStream.range(0, 50)
            .mapToObj(i -> "dnsaddr=/ip4/192.0.2.1/tcp/" + i + "/p2p/" + other)
            .toArray(String[]::new);
    assertThat(found(addresses).get(other)).hasSize(MdnsService.MAX_ADDRESSES);
  }

  private Map<PeerId, List<Multiaddr>> found(String... strings) {
    List<Bytes> text = java.util.Arrays.stream(strings).map(Bytes::utf8).toList();
    return service.peers(response(List.of(new DnsRecord(SOMEBODY, new DnsRecord.Text(text), 120))));
  }

  private static DnsMessage response(List<DnsRecord> records) {
    return new DnsMessage(0, DnsMessage.Kind.RESPONSE, List.of(), List.of(), records);
  }

  private static Optional<DnsMessage> answer(
      MdnsService service, DnsName name, int type, List<Multiaddr> addresses) {
    return service.answer(
        List.of(new DnsMessage.Question(name, type, DnsMessage.Reply.MULTICAST)), addresses);
  }

  private static List<Integer> types(List<DnsRecord> records) {
    return records.stream().map(record -> record.data().type()).toList();
  }

  private static List<Multiaddr> addresses(String... texts) throws MalformedDataException {
    List<Multiaddr> all = new ArrayList<>();
    for (String text : texts) {
      all.add(Multiaddr.parse(text));
    }
    return all;
  }
}
