package spindrift.p2p;

import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/**
 * What a peer says of itself in multicast DNS, and reads in what others say. Safe for use by
 * several threads.
 *
 * <p>All addresses go into one TXT record: zeroconf, which go-libp2p uses, keeps the last one only.
 * It also wants the SRV record and an IP address, which mean nothing otherwise.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/7740c07/discovery/mdns.md">libp2p mDNS</a>
 */
final class MdnsService {
  /** What all peers are found by. */
  static final DnsName SERVICE = DnsName.of("_p2p._udp.local");

  /** By which all kinds of services are found. */
  private static final DnsName ALL_SERVICES = DnsName.of("_services._dns-sd._udp.local");

  private static final DnsName LOCAL = DnsName.of("local");

  /** What peers ask again and again. */
  static final DnsMessage QUERY =
      DnsMessage.query(new DnsMessage.Question(SERVICE, DnsRecord.PTR, DnsMessage.Reply.MULTICAST));

  /** As other peers have it; nobody here keeps records for that long. */
  static final long SECONDS = 120;

  /** Ours: keeps the packet in one Ethernet frame. */
  static final int MAX_OWN_ADDRESSES = 8;

  /** Ours; nobody looks at them, but some want one. */
  private static final int MAX_OWN_IPS = 2;

  /** Ours, of one peer in one packet. */
  static final int MAX_ADDRESSES = 16;

  /** Ours: honest packets speak of one. */
  static final int MAX_PEERS_IN_PACKET = 4;

  private static final String ATTRIBUTE = "dnsaddr=";

  /** The specification's is 32 or more. */
  private static final int NAME_CHARS = 40;

  private static final String NAME_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

  private final PeerId self;
  private final DnsName instance;
  private final DnsName host;

  MdnsService(PeerId self) {
    this.self = self;
    // Random, since the specification wants nothing read into it.
    SecureRandom random = new SecureRandom();
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < NAME_CHARS; i++) {
      name.append(NAME_ALPHABET.charAt(random.nextInt(NAME_ALPHABET.length())));
    }
    DnsName label = DnsName.of(name.toString());
    this.instance = label.below(SERVICE);
    this.host = label.below(LOCAL);
  }

  /** Whether a question is about this peer. */
  boolean concerns(DnsMessage.Question question) {
    return Stream.of(SERVICE, ALL_SERVICES, instance, host).anyMatch(question.name()::equals);
  }

  /**
   * The answer to questions.
   *
   * @param addresses where we are, as seen from the network that the query came from
   * @return empty where nothing was asked that concerns us, or there is no address to name
   */
  Optional<DnsMessage> answer(List<DnsMessage.Question> questions, List<Multiaddr> addresses) {
    List<DnsRecord> own = records(addresses, SECONDS);
    if (own.isEmpty()) {
      return Optional.empty();
    }
    List<DnsRecord> answers = new ArrayList<>();
    List<DnsRecord> additionals = new ArrayList<>();
    for (DnsRecord record : own) {
      boolean asked = questions.stream().anyMatch(question -> question.wants(record));
      (asked ? answers : additionals).add(record);
    }
    if (answers.isEmpty()) {
      return Optional.empty();
    }
    // The kind of service by itself is only named to those who asked for it.
    additionals.removeIf(record -> record.name().equals(ALL_SERVICES));
    return Optional.of(response(answers, additionals));
  }

  /** Takes back all that was said. */
  Optional<DnsMessage> goodbye(List<Multiaddr> addresses) {
    List<DnsRecord> own = records(addresses, 0);
    own.removeIf(record -> record.name().equals(ALL_SERVICES));
    return own.isEmpty() ? Optional.empty() : Optional.of(response(own, List.of()));
  }

  private static DnsMessage response(List<DnsRecord> answers, List<DnsRecord> additionals) {
    return new DnsMessage(0, DnsMessage.Kind.RESPONSE, List.of(), answers, additionals);
  }

  private List<DnsRecord> records(List<Multiaddr> addresses, long seconds) {
    List<Bytes> strings = new ArrayList<>();
    List<DnsRecord.Data> ips = new ArrayList<>();
    int port = 0;
    for (Multiaddr address : addresses) {
      Bytes string = Bytes.utf8(ATTRIBUTE + address.withPeer(self));
      Optional<InetAddress> ip = TcpAddress.literal(address);
      if (ip.isEmpty()
          || string.size() > DnsRecord.MAX_STRING_BYTES
          || strings.size() >= MAX_OWN_ADDRESSES) {
        continue;
      }
      strings.add(string);
      ips.add(new DnsRecord.Address(Bytes.owning(ip.get().getAddress())));
      port = address.tcp().orElseThrow().port();
    }
    if (strings.isEmpty()) {
      return new ArrayList<>();
    }
    Stream<DnsRecord> named =
        Stream.of(
            new DnsRecord(SERVICE, new DnsRecord.Pointer(instance), seconds),
            new DnsRecord(instance, new DnsRecord.Text(strings), seconds),
            new DnsRecord(instance, new DnsRecord.Service(port, host), seconds),
            new DnsRecord(ALL_SERVICES, new DnsRecord.Pointer(SERVICE), seconds));
    return new ArrayList<>(
        Stream.concat(
                named,
                ips.stream()
                    .distinct()
                    .limit(MAX_OWN_IPS)
                    .map(ip -> new DnsRecord(host, ip, seconds)))
            .toList());
  }

  /**
   * The other peers in a response, each with the addresses that it names. TCP addresses only, and
   * with IP addresses only: a name would have us ask the name server what a stranger wants us to.
   */
  Map<PeerId, List<Multiaddr>> peers(DnsMessage response) {
    Map<PeerId, List<Multiaddr>> peers = new LinkedHashMap<>();
    Stream.concat(response.answers().stream(), response.additionals().stream())
        .filter(record -> record.seconds() > 0 && isInstance(record.name()))
        .filter(record -> !record.name().equals(instance))
        .flatMap(record -> addresses(record.data()))
        .forEach(address -> add(peers, address));
    return peers;
  }

  private static boolean isInstance(DnsName name) {
    return name.labels().size() == SERVICE.labels().size() + 1
        && name.labels().subList(1, name.labels().size()).equals(SERVICE.labels());
  }

  private static Stream<Multiaddr> addresses(DnsRecord.Data data) {
    return data instanceof DnsRecord.Text text
        ? text.strings().stream().flatMap(string -> address(string).stream())
        : Stream.empty();
  }

  private static Optional<Multiaddr> address(Bytes string) {
    return string
        .utf8()
        .filter(text -> text.startsWith(ATTRIBUTE))
        .flatMap(
            text -> {
              try {
                return Optional.of(Multiaddr.parse(text.substring(ATTRIBUTE.length())));
              } catch (MalformedDataException e) {
                return Optional.empty();
              }
            });
  }

  private void add(Map<PeerId, List<Multiaddr>> peers, Multiaddr address) {
    Optional<PeerId> peer = address.peer().filter(id -> !id.equals(self));
    boolean known = peer.isPresent() && peers.containsKey(peer.get());
    if (peer.isEmpty() || (!known && peers.size() >= MAX_PEERS_IN_PACKET)) {
      return;
    }
    List<Multiaddr> addresses = peers.computeIfAbsent(peer.get(), id -> new ArrayList<>());
    if (addresses.size() < MAX_ADDRESSES && !addresses.contains(address.withoutPeer())) {
      addresses.add(address.withoutPeer());
    }
  }
}
