package spindrift.p2p;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.base.ProtoReader;
import spindrift.base.ProtoWriter;
import spindrift.base.Varint;

/**
 * What a peer says about itself.
 *
 * <p>On a stream it is one or more delimited protobuf messages up to the end of the stream. A large
 * one is split; the parts put together are the whole, since a protobuf message is the sum of its
 * parts.
 *
 * @param publicKey in its protobuf form; empty where none was sent
 * @param listenAddresses without the peer id
 * @param observed where the sender sees the receiver
 * @param protocolVersion the network's, such as {@code ipfs/0.1.0}
 * @param agent the program
 * @param signedPeerRecord a {@link SignedEnvelope}; empty where none was sent
 * @see <a href="https://github.com/libp2p/specs/blob/master/identify/README.md">Identify</a>
 */
record IdentifyMessage(
    Bytes publicKey,
    List<Multiaddr> listenAddresses,
    Set<String> protocols,
    Optional<Multiaddr> observed,
    String protocolVersion,
    String agent,
    Bytes signedPeerRecord) {
  /** What a peer of which nothing is known has said. */
  static final IdentifyMessage NOTHING =
      new IdentifyMessage(Bytes.EMPTY, List.of(), Set.of(), Optional.empty(), "", "", Bytes.EMPTY);

  /** Of one message that we send; go-libp2p's, who keep to rust-libp2p's limit. */
  static final int MAX_SENT_BYTES = 4 << 10;

  /** Of one message that is read; go-libp2p's. */
  static final int MAX_READ_BYTES = 8 << 10;

  /** Messages that are read from one stream; go-libp2p's. */
  static final int MAX_MESSAGES = 10;

  /** Ours: protocols of a peer that are kept. A Kubo with everything switched on has under 40. */
  static final int MAX_PROTOCOLS = 256;

  /** Ours: longer names of protocols are left out; so are those that would garble a terminal. */
  static final int MAX_PROTOCOL_CHARS = 140;

  /** Ours: what is kept of the two texts. */
  static final int MAX_TEXT_CHARS = 64;

  private static final String FORMAT = "identify message";

  IdentifyMessage {
    listenAddresses = List.copyOf(listenAddresses);
    protocols = Set.copyOf(protocols);
  }

  /** Reads messages up to the end of a stream. */
  static IdentifyMessage read(InputStream in)
      throws IOException, MalformedDataException, LimitExceededException {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (int messages = 0; ; messages++) {
      OptionalInt size = readSize(in);
      if (size.isEmpty()) {
        return parse(Bytes.owning(whole.toByteArray()));
      }
      if (messages == MAX_MESSAGES) {
        throw new LimitExceededException("the number of identify messages", MAX_MESSAGES);
      }
      byte[] part = in.readNBytes(size.getAsInt());
      if (part.length < size.getAsInt()) {
        throw new EOFException("the stream ends within an identify message");
      }
      whole.writeBytes(part);
    }
  }

  private static OptionalInt readSize(InputStream in) throws IOException, LimitExceededException {
    int size = 0;
    for (int shift = 0; shift < 21; shift += 7) {
      int b = in.read();
      if (b < 0 && shift == 0) {
        return OptionalInt.empty();
      }
      if (b < 0) {
        throw new EOFException("the stream ends within an identify message");
      }
      size |= (b & 0x7f) << shift;
      if (b < 0x80 && size <= MAX_READ_BYTES) {
        return OptionalInt.of(size);
      }
    }
    throw new LimitExceededException("the size of an identify message", MAX_READ_BYTES);
  }

  /** Reads one message, or several put together. */
  static IdentifyMessage parse(Bytes bytes) throws MalformedDataException {
    Bytes publicKey = Bytes.EMPTY;
    Bytes signedPeerRecord = Bytes.EMPTY;
    String protocolVersion = "";
    String agent = "";
    Optional<Multiaddr> observed = Optional.empty();
    List<Multiaddr> addresses = new ArrayList<>();
    Set<String> protocols = new LinkedHashSet<>();
    ProtoReader in = ProtoReader.of(FORMAT, bytes);
    while (in.next()) {
      switch (in.field()) {
        case 1 -> publicKey = in.bytes();
        case 2 -> addAddress(addresses, in.bytes());
        case 3 -> addProtocol(protocols, in.bytes());
        case 4 -> observed = PeerRecord.readable(in.bytes());
        case 5 -> protocolVersion = displayable(in.bytes());
        case 6 -> agent = displayable(in.bytes());
        case 8 -> signedPeerRecord = in.bytes();
        default -> in.skip();
      }
    }
    return new IdentifyMessage(
        publicKey, addresses, protocols, observed, protocolVersion, agent, signedPeerRecord);
  }

  private static void addAddress(List<Multiaddr> addresses, Bytes address) {
    if (addresses.size() < PeerRecord.MAX_ADDRESSES) {
      PeerRecord.readable(address).ifPresent(addresses::add);
    }
  }

  private static void addProtocol(Set<String> protocols, Bytes name) {
    if (protocols.size() < MAX_PROTOCOLS && name.size() <= MAX_PROTOCOL_CHARS) {
      name.utf8()
          .filter(text -> text.chars().noneMatch(Character::isISOControl))
          .ifPresent(protocols::add);
    }
  }

  private static String displayable(Bytes text) {
    return text.slice(0, Math.min(text.size(), MAX_TEXT_CHARS))
        .display()
        .codePoints()
        .filter(c -> Character.isLetterOrDigit(c) || (c > 0x20 && c < 0x7f) || c == ' ')
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /**
   * What is known once this was said after something else; what it leaves out stays as it was.
   * Keeps no keys and no signatures.
   *
   * @param believed the addresses to keep in place of those that were said
   */
  IdentifyMessage over(IdentifyMessage before, List<Multiaddr> believed) {
    return new IdentifyMessage(
        Bytes.EMPTY,
        believed,
        protocols.isEmpty() ? before.protocols : protocols,
        observed.or(() -> before.observed),
        protocolVersion.isEmpty() ? before.protocolVersion : protocolVersion,
        agent.isEmpty() ? before.agent : agent,
        Bytes.EMPTY);
  }

  /** The messages that carry this, each behind its length, in the order to send them. */
  List<Bytes> toMessages() {
    List<Bytes> messages = new ArrayList<>();
    ByteArrayOutputStream part = new ByteArrayOutputStream();
    for (ProtoWriter field : fields()) {
      if (part.size() > 0 && part.size() + field.size() > MAX_SENT_BYTES) {
        messages.add(delimited(part));
        part.reset();
      }
      part.writeBytes(field.toBytes().toArray());
    }
    messages.add(delimited(part));
    return messages;
  }

  private static Bytes delimited(ByteArrayOutputStream part) {
    byte[] length = new byte[Varint.size(part.size())];
    Varint.write(part.size(), length, 0);
    return Bytes.owning(length).concat(Bytes.owning(part.toByteArray()));
  }

  private List<ProtoWriter> fields() {
    List<ProtoWriter> fields = new ArrayList<>();
    fields.add(new ProtoWriter().bytes(1, publicKey).text(5, protocolVersion).text(6, agent));
    observed.ifPresent(address -> fields.add(new ProtoWriter().bytes(4, address.toBytes())));
    for (String protocol : protocols) {
      fields.add(new ProtoWriter().text(3, protocol));
    }
    for (Multiaddr address : listenAddresses) {
      fields.add(new ProtoWriter().bytes(2, address.toBytes()));
    }
    if (!signedPeerRecord.isEmpty()) {
      fields.add(new ProtoWriter().bytes(8, signedPeerRecord));
    }
    return fields;
  }
}
