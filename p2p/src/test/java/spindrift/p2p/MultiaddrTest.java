package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.p2p.Multiaddr.Part;
import spindrift.p2p.Multiaddr.TcpEndpoint;

class MultiaddrTest {
  private static final String PEER = "12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV";
  private static final String GARLIC64 = "jT~IyXaoauTni6N4517EG8mrFUKpy0Il".repeat(16) + "AAAA";

  /** Bytes as go-multiaddr makes them. */
  @ParameterizedTest
  @CsvSource({
    "/ip4/127.0.0.1/udp/1234, 047f000001910204d2",
    "/ip4/127.0.0.1/tcp/4321, 047f0000010610e1",
    "/ip4/127.0.0.1/udp/1234/ip4/127.0.0.1/tcp/4321, 047f000001910204d2047f0000010610e1",
    "/onion/aaimaq4ygg2iegci:80, bc030010c0439831b48218480050",
    "/onion3/vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd:1234,"
        + " bd03adadec040be047f9658668b11a504f3155001f231a37f54c4476c07fb4cc139ed7e30304d2",
    "/garlic32/566niximlxdzpanmn4qouucvua3k7neniwss47li5r6ugoertzuq,"
        + " bf0320efbcd45d0c5dc79781ac6f20ea5055a036afb48d45a52e7d68ec7d4338919e69"
  })
  void writesTheBytesOfOtherImplementations(String text, String hex) throws Exception {
    Multiaddr address = Multiaddr.parse(text);
    assertThat(address.toBytes().hex()).isEqualTo(hex);
    assertThat(Multiaddr.fromBytes(Bytes.parseHex(hex))).isEqualTo(address).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/ip4/0.0.0.0",
        "/ip4/192.0.2.0/ipcidr/24",
        "/ip6/::",
        "/ip6/::1",
        "/ip6/2601:9:4f81:9700:803e:ca65:66e8:c21/udp/1234/quic-v1",
        "/ip6/::ffff:192.0.2.1/tcp/1",
        "/ip6/2001:db8:0:1:1:1:1:1",
        "/ip6/2001:0:0:1::1",
        "/ip6zone/x%y/ip6/fe80::1",
        "/garlic32/566niximlxdzpanmn4qouucvua3k7neniwss47li5r6ugoertzuqzwas",
        "/udp/65535",
        "/sctp/0",
        "/udp/1234/sctp/1234",
        "/udp/1234/udt",
        "/udp/1234/utp",
        "/dccp/7",
        "/tcp/1234/https",
        "/p2p/" + PEER + "/tcp/1234",
        "/dnsaddr/bootstrap.libp2p.io/p2p/" + PEER,
        "/dns/example.com/tcp/443/tls/sni/example.com/http/http-path/foo%2Fbar",
        "/dns4/example.com/tcp/443/wss/p2p/" + PEER + "/p2p-circuit/p2p/" + PEER,
        "/dns6/example.com/tcp/80/tls/ws",
        "/ip4/127.0.0.1/udp/1234/quic",
        "/ip4/127.0.0.1/tcp/127/noise",
        "/ip4/127.0.0.1/udp/9/webrtc-direct/certhash/"
            + "uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g",
        "/ip4/127.0.0.1/udp/9/quic-v1/p2p/" + PEER + "/p2p-circuit/webrtc",
        "/ip4/127.0.0.1/tcp/9090/http/p2p-webrtc-direct",
        "/dns4/a/tcp/443/wss/p2p-webrtc-star",
        "/p2p-websocket-star",
        "/p2p-stardust",
        "/unix/a/b/c/d/e",
        "/ip4/1.2.3.4/tcp/80/unix/stdio",
        "/memory/18446744073709551615"
      })
  void readsAndWritesAllProtocols(String text) throws Exception {
    Multiaddr address = Multiaddr.parse(text);
    assertThat(address).hasToString(text);
    assertThat(Multiaddr.fromBytes(address.toBytes())).isEqualTo(address);
    assertThat(new Multiaddr(address.parts())).isEqualTo(address);
  }

  @Test
  void readsI2pAddresses() throws Exception {
    String text = "/garlic64/" + GARLIC64 + "/udp/8080";
    assertThat(Multiaddr.parse(text)).hasToString(text);
    String short64 = "/garlic64/" + GARLIC64.substring(0, 400);
    assertThatThrownBy(() -> Multiaddr.parse(short64)).isInstanceOf(MalformedDataException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "/ip4/127.0.0.1/tcp/1234/, /ip4/127.0.0.1/tcp/1234",
    "/ip6/2001:DB8:0:0:0:0:0:01, /ip6/2001:db8::1",
    "/ip6/1:0:0:2:0:0:0:3, /ip6/1:0:0:2::3",
    "/ip6/::ffff:c000:201, /ip6/::ffff:192.0.2.1",
    "/tcp/0080, /tcp/80",
    "/ipfs/k2k4r8oqamigqdo6o7hsbfwd45y70oyynp98usk7zmyfrzpqxh1pohl7,"
        + " /p2p/QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC",
    "/certhash/b2uaraocy6yrdblb4sfptaddgimjmmpy, /certhash/u1QEQOFj2IjCsPJFfMAxmQxLGPw",
    "/http-path/a+b%2fc%41, /http-path/a%2Bb%2FcA"
  })
  void hasOneTextForWhatMeansTheSame(String text, String expected) throws Exception {
    assertThat(Multiaddr.parse(text)).hasToString(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "//",
        "ip4/127.0.0.1",
        "/ip4",
        "/ip4/",
        "/ip4/::1",
        "/ip4/1.2.3",
        "/ip4/1.2.3.256",
        "/ip4/01.2.3.4",
        "/ip4/fdpsofodsajfdoisa",
        "/ip4/::/ipcidr/256",
        "/ip6",
        "/ip6/1.2.3.4",
        "/ip6/fe80::1%lo",
        "/ip6/:::",
        "/ip6/1:2:3:4:5:6:7:8:9",
        "/ip6/example.com",
        "/ip6zone",
        "/ip6zone/",
        "/ip6zone//ip6/fe80::1",
        "/udp",
        "/udp/65536",
        "/tcp/-1",
        "/tcp/+1",
        "/tcp/jfodsajfidosajfoidsa",
        "/quic/65536",
        "/udp/1234/udt/1234",
        "/onion/9imaq4ygg2iegci7:80",
        "/onion/timaq4ygg2iegci7:0",
        "/onion/timaq4ygg2iegci7:-1",
        "/onion/timaq4ygg2iegci7",
        "/onion3/vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyy:80",
        "/garlic32/566niximlxdzpanmn4qouucvua3k7neniwss47li5r6ugoertzu",
        "/garlic64/AAAA",
        "/ip4/127.0.0.1/udp/1234/quic-v1/webtransport/certhash",
        "/certhash/b2uaraocy6yrdblb4sfptaddgimjmmp",
        "/certhash/uEiA",
        "/p2p/tcp",
        "/p2p/QmxoHT6iViN5xAjoz1VZ553cL31U9F94ht3QvWR1FrEbZY",
        "/unix",
        "/unix/",
        "/http-path/",
        "/http-path/a%2",
        "/http-path/a%zz",
        "/dns/a\nb",
        "/memory/18446744073709551616",
        "/nosuchthing/1",
        "/ip4/127.0.0.1/tcp/9090/http/p2p-webcrt-direct"
      })
  void rejectsTextThatIsNoAddress(String text) {
    assertThatThrownBy(() -> Multiaddr.parse(text)).isInstanceOf(MalformedDataException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ff7f",
        "ffffffffffffffff7f",
        "8080",
        "35ff7f",
        "3500",
        "3501ff",
        "35012f",
        "35010a",
        "a50300",
        "a503021100",
        "90030141",
        "900302612f"
      })
  void rejectsBytesThatAreNoAddress(String hex) throws Exception {
    Bytes bytes = Bytes.parseHex(hex);
    assertThatThrownBy(() -> Multiaddr.fromBytes(bytes)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void cutAnywhereItIsAnotherAddressOrNone() throws Exception {
    Bytes whole = Multiaddr.parse("/ip4/127.0.0.1/tcp/4321/p2p/" + PEER).toBytes();
    for (int size = 0; size < whole.size(); size++) {
      Bytes cut = whole.slice(0, size);
      if (size == 5 || size == 8) {
        assertThat(Multiaddr.fromBytes(cut).toBytes()).isEqualTo(cut);
      } else {
        assertThatThrownBy(() -> Multiaddr.fromBytes(cut))
            .isInstanceOf(MalformedDataException.class);
      }
    }
  }

  @Test
  void hasALargestSize() throws Exception {
    String name = "a".repeat(Multiaddr.MAX_BYTES - 3);
    assertThat(Multiaddr.parse("/dns/" + name).toBytes().size()).isEqualTo(Multiaddr.MAX_BYTES);
    Multiaddr longer = new Multiaddr(List.of(new Part("dns", name + "a")));
    assertThatThrownBy(() -> Multiaddr.parse(longer.toString()))
        .isInstanceOf(MalformedDataException.class);
    assertThatThrownBy(() -> Multiaddr.fromBytes(longer.toBytes()))
        .isInstanceOf(MalformedDataException.class);
    assertThat(Multiaddr.parse("/ws".repeat(Multiaddr.MAX_PARTS)).parts())
        .hasSize(Multiaddr.MAX_PARTS);
    assertThatThrownBy(() -> Multiaddr.parse("/ws".repeat(Multiaddr.MAX_PARTS + 1)))
        .isInstanceOf(MalformedDataException.class);
    assertThatThrownBy(() -> Multiaddr.parse("/ws".repeat(1_000_000)))
        .isInstanceOf(MalformedDataException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "/ip4/192.0.2.1/tcp/4001, 192.0.2.1, 4001",
    "/ip6/::1/tcp/0/p2p/" + PEER + ", ::1, 0",
    "/ip6zone/eth0/ip6/fe80::1/tcp/65535, fe80::1%eth0, 65535",
    "/dns4/example.com/tcp/80, example.com, 80"
  })
  void saysWhereTcpGoes(String text, String host, int port) throws Exception {
    assertThat(Multiaddr.parse(text).tcp()).contains(new TcpEndpoint(host, port));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/ip4/192.0.2.1/udp/4001",
        "/ip4/192.0.2.1/tcp/4001/ws",
        "/ip4/192.0.2.1",
        "/tcp/4001",
        "/p2p/" + PEER,
        "/dnsaddr/example.com/tcp/1",
        "/ip6zone/eth0/ip4/192.0.2.1/tcp/1",
        "/ip4/192.0.2.1/tcp/4001/p2p/" + PEER + "/p2p-circuit"
      })
  void saysWhenItIsNotPlainTcp(String text) throws Exception {
    assertThat(Multiaddr.parse(text).tcp()).isEmpty();
  }

  @Test
  void takesAPeerAndGivesIt() throws Exception {
    PeerId peer = PeerId.parse(PEER);
    PeerId other = Identity.generate().peerId();
    Multiaddr bare = Multiaddr.parse("/ip4/192.0.2.1/tcp/4001");

    assertThat(bare.peer()).isEmpty();
    assertThat(bare.withPeer(peer)).hasToString(bare + "/p2p/" + PEER);
    assertThat(bare.withPeer(peer).peer()).contains(peer);
    assertThat(bare.withPeer(other).withPeer(peer)).isEqualTo(bare.withPeer(peer));
    assertThat(bare.withPeer(peer).withoutPeer()).isEqualTo(bare);
    assertThat(bare.withoutPeer()).isEqualTo(bare);
    Multiaddr nothingElse = Multiaddr.parse("/p2p/" + PEER);
    assertThat(nothingElse.withoutPeer()).isEqualTo(nothingElse);
    assertThat(nothingElse.withPeer(other).peer()).contains(other);
  }

  @Test
  void partsAreChecked() {
    assertThatThrownBy(() -> new Part("tcp", "x")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Part("ws", "x")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Multiaddr(List.of())).isInstanceOf(IllegalArgumentException.class);
  }
}
