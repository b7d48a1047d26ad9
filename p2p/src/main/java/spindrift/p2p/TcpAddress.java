package spindrift.p2p;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/** Between multiaddrs and the socket addresses of TCP. */
final class TcpAddress {
  private static final int IP4 = 4;
  private static final int IP6 = 41;
  private static final int TCP = 6;

  private TcpAddress() {}

  static Multiaddr of(InetSocketAddress address) {
    return of(address.getAddress(), address.getPort());
  }

  private static Multiaddr of(InetAddress host, int port) {
    Bytes ip = Bytes.owning(host.getAddress());
    try {
      return Multiaddr.fromBytes(
          Bytes.of(ip.size() == 4 ? IP4 : IP6)
              .concat(ip)
              .concat(Bytes.of(TCP, port >> 8, port & 0xff)));
    } catch (MalformedDataException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The host of an address, where the address names it by number. */
  static Optional<InetAddress> literal(Multiaddr address) {
    boolean numeric = address.parts().getFirst().protocol().startsWith("ip");
    try {
      return numeric
          ? address.tcp().map(endpoint -> InetAddress.ofLiteral(endpoint.host()))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      // The zone of an address for one link is not one of this machine's.
      return Optional.empty();
    }
  }

  /** Whether an address leads nowhere but to the machine that uses it. */
  static boolean isLoopback(Multiaddr address) {
    return literal(address)
        .filter(host -> host.isLoopbackAddress() || host.isAnyLocalAddress())
        .isPresent();
  }

  /**
   * Where a socket that is bound to an address can be reached: for a wildcard, those of the
   * machine's addresses that are of the same IP version.
   */
  static List<Multiaddr> reachable(InetSocketAddress bound, List<InetAddress> machine) {
    if (!bound.getAddress().isAnyLocalAddress()) {
      return List.of(of(bound));
    }
    boolean four = bound.getAddress() instanceof Inet4Address;
    return machine.stream()
        .filter(host -> host instanceof Inet4Address == four)
        .map(host -> of(host, bound.getPort()))
        .toList();
  }

  /**
   * The addresses of the machine, loopback last. Those of IPv6 for one link alone are left out:
   * they mean nothing without the name that the other machine has for the link.
   */
  static List<InetAddress> localAddresses() {
    return allAddresses().stream().filter(TcpAddress::isOfMoreThanALink).toList();
  }

  private static boolean isOfMoreThanALink(InetAddress host) {
    return host instanceof Inet4Address || !host.isLinkLocalAddress();
  }

  /** The addresses of interfaces that are up, those for other machines first. */
  static List<InetAddress> allAddresses() {
    try {
      return NetworkInterface.networkInterfaces()
          .filter(TcpAddress::isUp)
          .flatMap(NetworkInterface::inetAddresses)
          .sorted(Comparator.comparing(InetAddress::isLoopbackAddress))
          .toList();
    } catch (SocketException e) {
      // There are none, or we may not know them.
      return List.of(InetAddress.getLoopbackAddress());
    }
  }

  /** What is another once the machine is in another network, though its addresses be the same. */
  static Set<String> links() {
    Set<String> links = new HashSet<>();
    try {
      for (NetworkInterface card : NetworkInterface.networkInterfaces().toList()) {
        List<InetAddress> addresses =
            card.inetAddresses().filter(TcpAddress::isOfMoreThanALink).toList();
        if (isUp(card) && !addresses.isEmpty()) {
          addresses.forEach(address -> links.add(address.toString()));
          links.add(card.getName() + " " + Carriers.OF_LINUX.plugged(card.getName()));
        }
      }
    } catch (SocketException e) {
      // There are none, or we may not know them.
    }
    return links;
  }

  private static boolean isUp(NetworkInterface network) {
    try {
      return network.isUp();
    } catch (SocketException e) {
      return false;
    }
  }
}
