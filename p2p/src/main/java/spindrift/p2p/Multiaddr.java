package spindrift.p2p;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import spindrift.base.ByteReader;
import spindrift.base.Bytes;
import spindrift.base.Excerpt;
import spindrift.base.MalformedDataException;
import spindrift.base.Varint;

/**
 * An address that says how to reach something, protocol by protocol: {@code
 * /ip4/192.0.2.1/tcp/4001/p2p/12D3…}. Protocols of the multiaddr table that cannot be dialled here
 * are read and written all the same; one that is not in the table cannot be read at all.
 *
 * @param parts at least one
 * @see <a href="https://github.com/multiformats/multiaddr/tree/9b7b3fa">multiaddr</a>
 */
public record Multiaddr(List<Part> parts) {
  /**
   * One protocol and its value.
   *
   * @param protocol its name in the multiaddr table; the old name of {@code p2p} is replaced
   * @param value the text of the value in its one usual form; empty where the protocol has none
   */
  public record Part(String protocol, String value) {
    public Part {
      try {
        MultiaddrProtocol inTable = named(protocol);
        protocol = inTable.label();
        value = inTable.value().toText(inTable.value().toBytes(value));
      } catch (MalformedDataException e) {
        throw new IllegalArgumentException(e);
      }
    }

    private MultiaddrProtocol inTable() {
      return MultiaddrProtocol.ofName(protocol).orElseThrow();
    }

    private Bytes valueBytes() {
      try {
        return inTable().value().toBytes(value);
      } catch (MalformedDataException e) {
        throw new IllegalStateException("a value that was checked", e);
      }
    }
  }

  /** Ours: the longest address that is read, in bytes. */
  public static final int MAX_BYTES = 1024;

  /** Ours: the longest text that is read; more than any address of {@link #MAX_BYTES} has. */
  public static final int MAX_CHARS = 8192;

  /** Ours; a relayed address has some ten. */
  static final int MAX_PARTS = 64;

  private static final String FORMAT = "multiaddr";
  private static final String PEER = MultiaddrProtocol.P2P.label();
  private static final String ZONE = MultiaddrProtocol.IP6ZONE.label();
  private static final String IP6 = MultiaddrProtocol.IP6.label();
  private static final Set<String> HOSTS = Set.of("ip4", IP6, "dns", "dns4", "dns6");

  public Multiaddr {
    parts = List.copyOf(parts);
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("an empty address");
    }
  }

  /** Reads the text form; a slash at the end counts for nothing. */
  public static Multiaddr parse(String text) throws MalformedDataException {
    if (text.length() > MAX_CHARS) {
      throw new MalformedDataException(FORMAT, MAX_CHARS, "longer than " + MAX_CHARS);
    }
    if (!text.startsWith("/")) {
      throw new MalformedDataException(FORMAT, 0, "no slash before " + Excerpt.of(text));
    }
    List<Part> parts = new ArrayList<>();
    int at = 0;
    int end = text.endsWith("/") ? text.length() - 1 : text.length();
    while (at < end) {
      int next = slash(text, at + 1, end);
      MultiaddrProtocol protocol = named(text.substring(at + 1, next));
      at = next;
      String value = "";
      if (protocol.value() == MultiaddrValue.PATH) {
        value = text.substring(at, end);
        at = end;
      } else if (protocol.value() != MultiaddrValue.NONE) {
        if (at >= end) {
          throw new MalformedDataException(FORMAT, at, "no value for " + protocol.label());
        }
        next = slash(text, at + 1, end);
        value = text.substring(at + 1, next);
        at = next;
      }
      add(parts, protocol, protocol.value().toBytes(value));
    }
    Multiaddr address = bounded(parts);
    if (address.toBytes().size() > MAX_BYTES) {
      throw new MalformedDataException(FORMAT, -1, "over " + MAX_BYTES + " bytes");
    }
    return address;
  }

  /** Reads the binary form. */
  public static Multiaddr fromBytes(Bytes bytes) throws MalformedDataException {
    if (bytes.size() > MAX_BYTES) {
      throw new MalformedDataException(FORMAT, MAX_BYTES, "over " + MAX_BYTES + " bytes");
    }
    List<Part> parts = new ArrayList<>();
    ByteReader in = bytes.reader(FORMAT);
    while (!in.atEnd()) {
      long code = in.readVarint();
      MultiaddrProtocol protocol =
          MultiaddrProtocol.ofCode(code)
              .orElseThrow(() -> in.malformed("protocol " + code + " is not known"));
      int size = protocol.value().size();
      add(parts, protocol, in.readBytes(size == MultiaddrValue.ANY_SIZE ? in.readVarint() : size));
    }
    return bounded(parts);
  }

  private static int slash(String text, int from, int end) {
    int slash = text.indexOf('/', from);
    return slash < 0 || slash > end ? end : slash;
  }

  private static MultiaddrProtocol named(String name) throws MalformedDataException {
    return MultiaddrProtocol.ofName(name)
        .orElseThrow(
            () ->
                new MalformedDataException(
                    FORMAT, -1, "protocol " + Excerpt.of(name) + " is not known"));
  }

  private static void add(List<Part> parts, MultiaddrProtocol protocol, Bytes value)
      throws MalformedDataException {
    if (parts.size() >= MAX_PARTS) {
      throw new MalformedDataException(FORMAT, -1, "over " + MAX_PARTS + " protocols");
    }
    parts.add(new Part(protocol.label(), protocol.value().toText(value)));
  }

  private static Multiaddr bounded(List<Part> parts) throws MalformedDataException {
    if (parts.isEmpty()) {
      throw new MalformedDataException(FORMAT, 0, "an empty address");
    }
    return new Multiaddr(parts);
  }

  public Bytes toBytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] varint = new byte[9];
    for (Part part : parts) {
      MultiaddrProtocol protocol = part.inTable();
      Bytes value = part.valueBytes();
      out.write(varint, 0, Varint.write(protocol.code(), varint, 0));
      if (protocol.value().size() == MultiaddrValue.ANY_SIZE) {
        out.write(varint, 0, Varint.write(value.size(), varint, 0));
      }
      out.writeBytes(value.toArray());
    }
    return Bytes.owning(out.toByteArray());
  }

  /**
   * The host and port where this is {@code ip4|ip6|dns|dns4|dns6} over TCP and nothing else but a
   * peer. An {@code ip6zone} before {@code ip6} becomes the host's {@code %zone}.
   */
  public Optional<TcpEndpoint> tcp() {
    List<Part> route = route();
    boolean zoned =
        route.size() == 3
            && route.get(0).protocol().equals(ZONE)
            && route.get(1).protocol().equals(IP6);
    String zone = zoned ? "%" + route.get(0).value() : "";
    if (zoned) {
      route = route.subList(1, 3);
    }
    boolean tcp =
        route.size() == 2
            && HOSTS.contains(route.get(0).protocol())
            && route.get(1).protocol().equals(MultiaddrProtocol.TCP.label());
    return tcp
        ? Optional.of(
            new TcpEndpoint(route.get(0).value() + zone, Integer.parseInt(route.get(1).value())))
        : Optional.empty();
  }

  /**
   * Where TCP goes.
   *
   * @param host an IP address or a name
   * @param port 0…65535
   */
  public record TcpEndpoint(String host, int port) {}

  /** The peer at the end of the address. */
  public Optional<PeerId> peer() {
    if (!endsWithPeer()) {
      return Optional.empty();
    }
    try {
      return Optional.of(PeerId.parse(parts.getLast().value()));
    } catch (MalformedDataException e) {
      throw new IllegalStateException("a value that was checked", e);
    }
  }

  /** This address with a peer at its end, in place of any that is there. */
  public Multiaddr withPeer(PeerId peer) {
    List<Part> changed = new ArrayList<>(route());
    changed.add(new Part(PEER, peer.toString()));
    return new Multiaddr(changed);
  }

  /** This address without a peer at its end; one that is nothing but a peer stays as it is. */
  public Multiaddr withoutPeer() {
    return route().isEmpty() ? this : new Multiaddr(route());
  }

  private boolean endsWithPeer() {
    return parts.getLast().protocol().equals(PEER);
  }

  private List<Part> route() {
    return endsWithPeer() ? parts.subList(0, parts.size() - 1) : parts;
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    for (Part part : parts) {
      out.append('/').append(part.protocol());
      if (part.inTable().value() == MultiaddrValue.PATH) {
        out.append(part.value());
      } else if (!part.value().isEmpty()) {
        out.append('/').append(part.value());
      }
    }
    return out.toString();
  }
}
