package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MdnsNetworkTest {
  private static final MdnsNetwork FOUR =
      new MdnsNetwork(
          "eth0", 7, StandardProtocolFamily.INET, Set.of(subnet("198.51.100.10", 25)), 1);
  private static final MdnsNetwork SIX =
      new MdnsNetwork(
          "eth0", 7, StandardProtocolFamily.INET6, Set.of(subnet("2001:db8:1:2::10", 63)), 1);

  private static MdnsNetwork.Subnet subnet(String address, int bits) {
    return new MdnsNetwork.Subnet(InetAddress.ofLiteral(address), bits);
  }

  @ParameterizedTest
  @CsvSource({
    "198.51.100.10, true",
    "198.51.100.127, true",
    "198.51.100.128, false",
    "198.51.101.10, false",
    "2001:db8:1:3:ffff::, true",
    "2001:db8:1:4::, false",
    "192.168.0.1, false",
    "127.0.0.1, false"
  })
  void knowsItsNeighbours(String address, boolean expected) {
    InetAddress source = InetAddress.ofLiteral(address);
    assertThat(FOUR.isNeighbour(source) || SIX.isNeighbour(source)).isEqualTo(expected);
  }

  @Test
  void linkLocalNeighboursAreTheOnesOnThisLink() throws Exception {
    byte[] address = InetAddress.ofLiteral("fe80::1").getAddress();
    assertThat(SIX.isNeighbour(Inet6Address.getByAddress("", address, 7))).isTrue();
    assertThat(SIX.isNeighbour(Inet6Address.getByAddress("", address, 8))).isFalse();
  }

  @Test
  void everyPrefixLengthIsCountedInBits() {
    for (int bits = 0; bits <= 32; bits++) {
      byte[] flipped = {0, 0, 0, 0};
      if (bits < 32) {
        flipped[bits / 8] = (byte) (0x80 >> (bits % 8));
      }
      byte[] last = {0, 0, 0, 0};
      if (bits > 0) {
        last[(bits - 1) / 8] = (byte) (0x80 >> ((bits - 1) % 8));
      }
      MdnsNetwork.Subnet subnet = subnet("0.0.0.0", bits);
      assertThat(subnet.contains(address(flipped))).isTrue();
      assertThat(subnet.contains(address(last))).isEqualTo(bits == 0);
    }
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/ip4/198.51.100.1/tcp/4001",
        "/ip4/10.1.2.3/tcp/4001",
        "/ip4/172.31.0.1/tcp/4001",
        "/ip4/192.168.9.9/tcp/4001",
        "/ip4/169.254.0.1/tcp/4001",
        "/ip4/203.0.113.5/tcp/4001",
        "/ip6/fd00::1/tcp/4001"
      })
  void namedAddressesNearbyAreReachable(String text) throws Exception {
    Multiaddr address = Multiaddr.parse(text);
    InetAddress source = InetAddress.ofLiteral("203.0.113.5");
    assertThat(FOUR.reachable(address, source)).contains(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/ip4/198.51.100.200/tcp/4001",
        "/ip4/8.8.8.8/tcp/53",
        "/ip4/127.0.0.1/tcp/4001",
        "/ip4/0.0.0.0/tcp/4001",
        "/ip4/224.0.0.251/tcp/4001",
        "/ip4/198.51.100.1/tcp/0",
        "/ip4/198.51.100.1/udp/4001/quic-v1",
        "/ip4/198.51.100.1/tcp/4001/ws",
        "/ip6/::1/tcp/4001",
        "/ip6/::ffff:127.0.0.1/tcp/4001",
        "/ip6/2001:db8::1/tcp/4001",
        "/ip6/ff02::fb/tcp/4001",
        "/ip6zone/eth0",
        "/dns4/example.com/tcp/4001"
      })
  void namedAddressesElsewhereAreNot(String text) throws Exception {
    InetAddress source = InetAddress.ofLiteral("203.0.113.5");
    assertThat(FOUR.reachable(Multiaddr.parse(text), source)).isEmpty();
  }

  @Test
  void linkLocalAddressesAreOnTheLinkOfThePacket() throws Exception {
    String card = java.net.NetworkInterface.networkInterfaces().findFirst().orElseThrow().getName();
    MdnsNetwork network = new MdnsNetwork(card, 1, StandardProtocolFamily.INET6, SIX.subnets(), 1);
    InetAddress source = InetAddress.ofLiteral("fe80::2");
    Multiaddr expected = Multiaddr.parse("/ip6zone/" + card + "/ip6/fe80::1/tcp/9");
    assertThat(network.reachable(Multiaddr.parse("/ip6/fe80::1/tcp/9"), source)).contains(expected);
    assertThat(network.reachable(Multiaddr.parse("/ip6zone/wan/ip6/fe80::1/tcp/9"), source))
        .contains(expected);
  }

  @Test
  void namesOnlyItsOwnAddresses() throws Exception {
    Multiaddr here = Multiaddr.parse("/ip4/198.51.100.10/tcp/4001");
    Multiaddr elsewhere = Multiaddr.parse("/ip4/192.168.1.1/tcp/4001");
    Multiaddr loopback = Multiaddr.parse("/ip4/127.0.0.1/tcp/4001");
    Multiaddr six = Multiaddr.parse("/ip6/2001:db8:1:2::10/tcp/4001");
    List<Multiaddr> all = List.of(loopback, elsewhere, here, six);
    assertThat(FOUR.ownAddresses(all)).containsExactly(here);
    assertThat(SIX.ownAddresses(all)).containsExactly(six);
  }

  @Test
  void namesAnAddressOfTheLinkWhereTheCardHasNoOther() {
    MdnsNetwork.Subnet link = subnet("fe80::7", 64);
    MdnsNetwork.Subnet wide = subnet("2001:db8:1:2::10", 63);
    MdnsNetwork.Subnet four = subnet("198.51.100.10", 25);
    assertThat(named(link)).containsExactly(link);
    assertThat(named(link, wide)).containsExactly(wide);
    assertThat(named(link, four)).as("peers would not listen to more than this").isEmpty();
    assertThat(MdnsNetwork.named(Set.of(link, four), StandardProtocolFamily.INET))
        .containsExactly(four);
  }

  private static Set<MdnsNetwork.Subnet> named(MdnsNetwork.Subnet... all) {
    return MdnsNetwork.named(Set.of(all), StandardProtocolFamily.INET6);
  }

  @Test
  void loopbackIsNoNetwork() throws Exception {
    assertThat(MdnsNetwork.present())
        .allSatisfy(
            network ->
                assertThat(network.subnets())
                    .noneMatch(subnet -> subnet.address().isLoopbackAddress()));
  }
}
