package spindrift.p2p;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A network as this machine sees it: an interface with its addresses of one IP version.
 *
 * @param index the interface's number
 * @param subnets of this machine's addresses on it that others are told of
 * @param plugged how often its cable was plugged in: each time it may be another network
 */
record MdnsNetwork(
    String name, int index, StandardProtocolFamily family, Set<Subnet> subnets, long plugged) {
  /**
   * An address and how many bits of it all machines on the network have in common.
   *
   * @param prefixBits 0…32 or 0…128
   */
  record Subnet(InetAddress address, int prefixBits) {
    StandardProtocolFamily family() {
      return address instanceof Inet4Address
          ? StandardProtocolFamily.INET
          : StandardProtocolFamily.INET6;
    }

    /** Whether the address is one of IPv6 for one link alone. */
    boolean isOfLink() {
      return address instanceof Inet6Address && address.isLinkLocalAddress();
    }

    boolean contains(InetAddress other) {
      byte[] ours = address.getAddress();
      byte[] theirs = other.getAddress();
      if (ours.length != theirs.length) {
        return false;
      }
      for (int bit = 0; bit < prefixBits; bit += Byte.SIZE) {
        int mask = 0xff << Math.max(0, Byte.SIZE - (prefixBits - bit));
        if (((ours[bit / Byte.SIZE] ^ theirs[bit / Byte.SIZE]) & mask & 0xff) != 0) {
          return false;
        }
      }
      return true;
    }
  }

  /** Ours: a machine with containers has an interface for each. */
  static final int MAX_NETWORKS = 64;

  private static final String ZONE = MultiaddrProtocol.IP6ZONE.label();

  /** The first seven bits of unique local IPv6 addresses, RFC 4193. */
  private static final int UNIQUE_LOCAL = 0xfc;

  MdnsNetwork {
    subnets = Set.copyOf(subnets);
  }

  /** The networks on which this machine can multicast now; loopback is none. */
  static List<MdnsNetwork> present() throws SocketException {
    List<MdnsNetwork> networks = new ArrayList<>();
    for (NetworkInterface card : NetworkInterface.networkInterfaces().toList()) {
      if (isUsable(card)) {
        addTo(networks, card);
      }
    }
    return networks.size() <= MAX_NETWORKS ? networks : networks.subList(0, MAX_NETWORKS);
  }

  private static boolean isUsable(NetworkInterface card) {
    try {
      return card.isUp() && !card.isLoopback() && card.supportsMulticast();
    } catch (SocketException e) {
      // Gone since it was listed.
      return false;
    }
  }

  private static void addTo(List<MdnsNetwork> networks, NetworkInterface card) {
    Set<Subnet> all = new HashSet<>();
    for (InterfaceAddress own : card.getInterfaceAddresses()) {
      if (own.getNetworkPrefixLength() >= 0) {
        all.add(new Subnet(own.getAddress(), own.getNetworkPrefixLength()));
      }
    }
    long plugged = Carriers.OF_LINUX.plugged(card.getName());
    for (StandardProtocolFamily family :
        List.of(StandardProtocolFamily.INET, StandardProtocolFamily.INET6)) {
      if (all.stream().anyMatch(subnet -> subnet.family() == family)) {
        networks.add(
            new MdnsNetwork(card.getName(), card.getIndex(), family, named(all, family), plugged));
      }
    }
  }

  /**
   * Those of a card's addresses of one IP version that others are told of. Those that hold on the
   * link alone are only named where the card has no others of either version: some peers listen to
   * the first packet alone, and cannot dial such an address.
   */
  static Set<Subnet> named(Set<Subnet> all, StandardProtocolFamily family) {
    boolean isAlone = all.stream().allMatch(Subnet::isOfLink);
    return all.stream()
        .filter(subnet -> subnet.family() == family && (isAlone || !subnet.isOfLink()))
        .collect(Collectors.toSet());
  }

  /** Whether a packet is from a machine on this network. */
  boolean isNeighbour(InetAddress source) {
    if (source instanceof Inet6Address six && six.isLinkLocalAddress()) {
      return six.getScopeId() == index;
    }
    return subnets.stream().anyMatch(subnet -> subnet.contains(source));
  }

  /** Which of the addresses where we listen are on this network, and to be named there. */
  List<Multiaddr> ownAddresses(List<Multiaddr> listening) {
    return listening.stream()
        .filter(address -> TcpAddress.literal(address).filter(this::isOwn).isPresent())
        .toList();
  }

  private boolean isOwn(InetAddress host) {
    return subnets.stream().anyMatch(subnet -> subnet.address().equals(host));
  }

  /**
   * An address that a neighbour named, as it can be dialled from here; empty where it leads out of
   * this network to machines that a stranger has no business to send us to.
   *
   * @param source where the packet is from
   */
  Optional<Multiaddr> reachable(Multiaddr named, InetAddress source) {
    // What the neighbour calls its side of the link means nothing here.
    List<Multiaddr.Part> parts = new ArrayList<>(named.parts());
    parts.removeIf(part -> part.protocol().equals(ZONE));
    if (parts.isEmpty()) {
      return Optional.empty();
    }
    Multiaddr address = new Multiaddr(parts);
    Optional<InetAddress> host = TcpAddress.literal(address).filter(ip -> isNear(ip, source));
    if (host.isEmpty() || address.tcp().orElseThrow().port() == 0) {
      return Optional.empty();
    }
    if (host.get() instanceof Inet6Address && host.get().isLinkLocalAddress()) {
      parts.addFirst(new Multiaddr.Part(ZONE, name));
    }
    return Optional.of(new Multiaddr(parts));
  }

  private boolean isNear(InetAddress ip, InetAddress source) {
    if (ip.isLoopbackAddress() || ip.isAnyLocalAddress() || ip.isMulticastAddress()) {
      return false;
    }
    return ip.isLinkLocalAddress()
        || isPrivate(ip)
        || ip.equals(source)
        || subnets.stream().anyMatch(subnet -> subnet.contains(ip));
  }

  private static boolean isPrivate(InetAddress ip) {
    return ip instanceof Inet6Address
        ? (ip.getAddress()[0] & 0xfe) == UNIQUE_LOCAL
        : ip.isSiteLocalAddress();
  }
}
