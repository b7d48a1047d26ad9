package spindrift.p2p;

import java.math.BigInteger;
import spindrift.base.Bytes;
import spindrift.base.Excerpt;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.base.Multibase;
import spindrift.base.Multihash;

/**
 * The kinds of values in a multiaddr, each with a text and a binary form. Reading either form is
 * strict, and what is read can be written again.
 */
enum MultiaddrValue {
  /** Nothing at all. */
  NONE(0),
  IP4(4),
  IP6(16),
  /** 0…65535. */
  PORT(2),
  /** How many bits of an address count, 0…255. */
  MASK(1),
  /** 64 bits, unsigned. */
  NUMBER(8),
  /** A host name or an interface. */
  NAME(MultiaddrValue.ANY_SIZE),
  /** A file; takes the rest of a text. */
  PATH(MultiaddrValue.ANY_SIZE),
  PEER(MultiaddrValue.ANY_SIZE),
  /** A multihash, in base64url. */
  CERTHASH(MultiaddrValue.ANY_SIZE),
  /** Any bytes, escaped as in a URL. */
  HTTP_PATH(MultiaddrValue.ANY_SIZE),
  /** Ten bytes and a port. */
  ONION(12),
  /** 35 bytes and a port. */
  ONION3(37),
  GARLIC64(MultiaddrValue.ANY_SIZE),
  GARLIC32(MultiaddrValue.ANY_SIZE);

  /** A size that stands in the binary form. */
  static final int ANY_SIZE = -1;

  private static final String FORMAT = "multiaddr";

  /** I2P's addresses hold two keys and a certificate. */
  private static final int MIN_GARLIC64_BYTES = 386;

  private static final int GARLIC32_BYTES = 32;
  private static final int MIN_LONG_GARLIC32_BYTES = 35;

  private final int size;

  MultiaddrValue(int size) {
    this.size = size;
  }

  /** Bytes of the binary form, or {@link #ANY_SIZE}. */
  int size() {
    return size;
  }

  /** The binary form of a text. */
  Bytes toBytes(String text) throws MalformedDataException {
    try {
      Bytes bytes =
          switch (this) {
            case NONE -> Bytes.utf8(text);
            case IP4 -> IpText.parse4(text);
            case IP6 -> IpText.parse6(text);
            case PORT, MASK, NUMBER -> number(text);
            case NAME, PATH -> Bytes.utf8(text);
            case PEER -> PeerId.parse(text).multihash();
            case CERTHASH -> Multibase.decode(text);
            case HTTP_PATH -> PercentText.decode(text);
            case ONION, ONION3 -> onion(text);
            case GARLIC64 ->
                Multibase.BASE64_PAD.decodeBare(text.replace('-', '+').replace('~', '/'));
            case GARLIC32 -> Multibase.BASE32.decodeBare(text);
          };
      // What cannot be read back is refused here as well.
      toText(bytes);
      return bytes;
    } catch (FaultException e) {
      throw new MalformedDataException(
          FORMAT, -1, "no " + name() + ": " + Excerpt.of(text) + " (" + e.getMessage() + ")");
    }
  }

  /** The one text of a binary form. */
  String toText(Bytes bytes) throws MalformedDataException {
    if (size != ANY_SIZE && bytes.size() != size) {
      throw malformed(bytes.size() + " bytes, not " + size);
    }
    return switch (this) {
      case NONE -> "";
      case IP4 -> IpText.format4(bytes);
      case IP6 -> IpText.format6(bytes);
      case PORT, MASK, NUMBER -> new BigInteger(1, bytes.toArray()).toString();
      case NAME -> name(bytes);
      case PATH -> path(bytes);
      case PEER -> PeerId.fromBytes(bytes).toString();
      case CERTHASH -> Multibase.BASE64URL.encode(Multihash.fromBytes(bytes).toBytes());
      case HTTP_PATH -> httpPath(bytes);
      case ONION, ONION3 -> onion(bytes);
      case GARLIC64 -> garlic64(bytes);
      case GARLIC32 -> garlic32(bytes);
    };
  }

  private Bytes number(String text) throws MalformedDataException {
    int longest = String.valueOf(Long.MIN_VALUE).length();
    boolean digits =
        !text.isEmpty()
            && text.length() <= longest
            && text.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!digits) {
      throw malformed("not a number");
    }
    BigInteger value = new BigInteger(text);
    if (value.bitLength() > size * Byte.SIZE) {
      throw malformed("number over " + size * Byte.SIZE + " bits");
    }
    byte[] minimal = value.toByteArray();
    byte[] bytes = new byte[size];
    int count = Math.min(size, minimal.length);
    System.arraycopy(minimal, minimal.length - count, bytes, size - count, count);
    return Bytes.owning(bytes);
  }

  private static String name(Bytes bytes) throws MalformedDataException {
    String text = readable(bytes);
    if (text.isEmpty() || text.indexOf('/') >= 0) {
      throw malformed("a name that is empty or has a slash");
    }
    return text;
  }

  private static String path(Bytes bytes) throws MalformedDataException {
    String text = readable(bytes);
    if (text.length() < 2 || !text.startsWith("/") || text.endsWith("/")) {
      throw malformed("a path that does not begin with a slash, or ends in one");
    }
    return text;
  }

  /** Text that can be shown: addresses from strangers go into logs and onto terminals. */
  private static String readable(Bytes bytes) throws MalformedDataException {
    String text = bytes.utf8().orElseThrow(() -> malformed("text that is not UTF-8"));
    if (text.chars().anyMatch(Character::isISOControl)) {
      throw malformed("control characters");
    }
    return text;
  }

  private static String httpPath(Bytes bytes) throws MalformedDataException {
    if (bytes.isEmpty()) {
      throw malformed("an empty path");
    }
    return PercentText.encode(bytes);
  }

  private Bytes onion(String text) throws FaultException {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw malformed("no port");
    }
    Bytes host = Multibase.BASE32.decodeBare(text.substring(0, colon));
    if (host.size() != size - PORT.size) {
      throw malformed("a key of " + host.size() + " bytes");
    }
    return host.concat(PORT.number(text.substring(colon + 1)));
  }

  private String onion(Bytes bytes) throws MalformedDataException {
    int keySize = size - PORT.size;
    String port = PORT.toText(bytes.slice(keySize, size));
    if (port.equals("0")) {
      throw malformed("port 0");
    }
    return Multibase.BASE32.encodeBare(bytes.slice(0, keySize)) + ":" + port;
  }

  private static String garlic64(Bytes bytes) throws MalformedDataException {
    if (bytes.size() < MIN_GARLIC64_BYTES) {
      throw malformed("an I2P address of " + bytes.size() + " bytes");
    }
    return Multibase.BASE64_PAD.encodeBare(bytes).replace('+', '-').replace('/', '~');
  }

  private static String garlic32(Bytes bytes) throws MalformedDataException {
    if (bytes.size() != GARLIC32_BYTES && bytes.size() < MIN_LONG_GARLIC32_BYTES) {
      throw malformed("an I2P address of " + bytes.size() + " bytes");
    }
    return Multibase.BASE32.encodeBare(bytes);
  }

  private static MalformedDataException malformed(String rule) {
    return new MalformedDataException(FORMAT, -1, rule);
  }
}
