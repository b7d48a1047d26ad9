package spindrift.p2p;

import java.util.ArrayList;
import java.util.List;
import spindrift.base.ByteReader;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/**
 * What is said of a name.
 *
 * @param seconds how long it holds; 0 takes it back
 */
record DnsRecord(DnsName name, Data data, long seconds) {
  static final int A = 1;
  static final int PTR = 12;
  static final int TXT = 16;
  static final int AAAA = 28;
  static final int SRV = 33;

  /** In a question: records of all types. */
  static final int ANY = 255;

  static final int INTERNET = 1;

  /** The protocol's, of one string. */
  static final int MAX_STRING_BYTES = 255;

  /** Ours: as many as a packet has room for. */
  private static final int MAX_STRINGS = 64;

  private static final int SRV_HEAD_BYTES = 6;

  /** The kinds of things that can be said. */
  sealed interface Data {
    /** The number on the wire. */
    int type();
  }

  /** Another name. */
  record Pointer(DnsName target) implements Data {
    @Override
    public int type() {
      return PTR;
    }
  }

  /** Strings of at most {@value #MAX_STRING_BYTES} bytes. */
  record Text(List<Bytes> strings) implements Data {
    Text {
      strings = List.copyOf(strings);
    }

    @Override
    public int type() {
      return TXT;
    }
  }

  /** Where a service is. */
  record Service(int port, DnsName host) implements Data {
    @Override
    public int type() {
      return SRV;
    }
  }

  /** An IP address of 4 or 16 bytes. */
  record Address(Bytes bytes) implements Data {
    @Override
    public int type() {
      return bytes.size() == 4 ? A : AAAA;
    }
  }

  /** Anything else, unread. */
  record Other(int type, Bytes bytes) implements Data {}

  /** Reads a record. */
  static DnsRecord read(Bytes message, ByteReader in) throws MalformedDataException {
    DnsName name = DnsName.read(message, in);
    int type = DnsMessage.readShort(in);
    DnsMessage.readShort(in);
    long seconds = ((long) DnsMessage.readShort(in) << 16) | DnsMessage.readShort(in);
    int length = DnsMessage.readShort(in);
    int end = in.offset() + length;
    // Names inside may point to others before, so they are read in place.
    Data data =
        switch (type) {
          case PTR -> new Pointer(DnsName.read(message, in));
          case SRV -> readService(message, in);
          case TXT -> new Text(readStrings(in.readSlice(length)));
          case A, AAAA -> readAddress(type, in.readBytes(length), in);
          default -> new Other(type, in.readBytes(length));
        };
    if (in.offset() != end) {
      throw in.malformed("data of another length than it says");
    }
    return new DnsRecord(name, data, seconds);
  }

  private static Service readService(Bytes message, ByteReader in) throws MalformedDataException {
    in.skip(SRV_HEAD_BYTES - 2);
    return new Service(DnsMessage.readShort(in), DnsName.read(message, in));
  }

  private static Address readAddress(int type, Bytes bytes, ByteReader in)
      throws MalformedDataException {
    if (bytes.size() != (type == A ? 4 : 16)) {
      throw in.malformed("IP address of " + bytes.size() + " bytes");
    }
    return new Address(bytes);
  }

  private static List<Bytes> readStrings(ByteReader in) throws MalformedDataException {
    List<Bytes> strings = new ArrayList<>();
    while (!in.atEnd()) {
      if (strings.size() >= MAX_STRINGS) {
        throw in.malformed("over " + MAX_STRINGS + " strings");
      }
      strings.add(in.readBytes(in.readByte()));
    }
    return strings;
  }

  Bytes toBytes() {
    Bytes content =
        switch (data) {
          case Pointer pointer -> pointer.target().toBytes();
          case Service service ->
              Bytes.of(0, 0, 0, 0)
                  .concat(DnsMessage.shortBytes(service.port()))
                  .concat(service.host().toBytes());
          case Text text -> stringBytes(text.strings());
          case Address address -> address.bytes();
          case Other other -> other.bytes();
        };
    return name.toBytes()
        .concat(DnsMessage.shortBytes(data.type()))
        .concat(DnsMessage.shortBytes(INTERNET))
        .concat(DnsMessage.shortBytes((int) (seconds >> 16)))
        .concat(DnsMessage.shortBytes((int) seconds))
        .concat(DnsMessage.shortBytes(content.size()))
        .concat(content);
  }

  private static Bytes stringBytes(List<Bytes> strings) {
    Bytes out = Bytes.EMPTY;
    for (Bytes string : strings) {
      out = out.concat(Bytes.of(string.size())).concat(string);
    }
    return out;
  }
}
