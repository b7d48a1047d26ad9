package spindrift.p2p;

import java.net.Inet4Address;
import java.net.InetAddress;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/**
 * IP addresses as text, without ever asking a name server.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5952">RFC 5952</a>, the one text of an IPv6
 *     address
 */
final class IpText {
  private static final String FORMAT = "IP address";
  private static final int IP4_BYTES = 4;
  private static final int IP6_GROUPS = 8;

  /** What stands before an IPv4 address inside IPv6. */
  private static final Bytes MAPPED = Bytes.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

  private IpText() {}

  /** Four decimal numbers without leading zeros. */
  static Bytes parse4(String text) throws MalformedDataException {
    String[] numbers = text.split("\\.", -1);
    int[] bytes = new int[IP4_BYTES];
    if (numbers.length != IP4_BYTES) {
      throw malformed();
    }
    for (int i = 0; i < IP4_BYTES; i++) {
      if (!numbers[i].matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(numbers[i]) > 255) {
        throw malformed();
      }
      bytes[i] = Integer.parseInt(numbers[i]);
    }
    return Bytes.of(bytes);
  }

  /** Any text of an IPv6 address, without a zone. */
  static Bytes parse6(String text) throws MalformedDataException {
    if (text.indexOf(':') < 0 || !text.matches("[0-9a-fA-F:.]{2,45}")) {
      throw malformed();
    }
    try {
      InetAddress address = InetAddress.ofLiteral(text);
      Bytes bytes = Bytes.owning(address.getAddress());
      return address instanceof Inet4Address ? MAPPED.concat(bytes) : bytes;
    } catch (IllegalArgumentException e) {
      throw malformed();
    }
  }

  static String format4(Bytes bytes) {
    return "%d.%d.%d.%d"
        .formatted(bytes.at(0) & 0xff, bytes.at(1) & 0xff, bytes.at(2) & 0xff, bytes.at(3) & 0xff);
  }

  /** Lower case, the longest run of zeros as {@code ::}, mapped IPv4 in its own form. */
  static String format6(Bytes bytes) {
    if (bytes.slice(0, MAPPED.size()).equals(MAPPED)) {
      return "::ffff:" + format4(bytes.slice(MAPPED.size(), bytes.size()));
    }
    int from = 0;
    int to = 0;
    for (int i = 0; i < IP6_GROUPS; i++) {
      int end = i;
      while (end < IP6_GROUPS && group(bytes, end) == 0) {
        end++;
      }
      // One group alone is not shortened, and of equal runs the first is.
      if (end - i > Math.max(1, to - from)) {
        from = i;
        to = end;
      }
    }
    return to == 0
        ? groups(bytes, 0, IP6_GROUPS)
        : groups(bytes, 0, from) + "::" + groups(bytes, to, IP6_GROUPS);
  }

  private static String groups(Bytes bytes, int from, int to) {
    StringBuilder out = new StringBuilder();
    for (int i = from; i < to; i++) {
      out.append(i > from ? ":" : "").append(Integer.toHexString(group(bytes, i)));
    }
    return out.toString();
  }

  private static int group(Bytes bytes, int index) {
    return ((bytes.at(2 * index) & 0xff) << 8) | (bytes.at(2 * index + 1) & 0xff);
  }

  private static MalformedDataException malformed() {
    return new MalformedDataException(FORMAT, -1, "not an IP address");
  }
}
