package spindrift.http;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Who is asked without a proxy, by the variable {@code no_proxy} as curl reads it: {@code *} alone
 * for everybody; else, between commas or blanks, names, which stand for what ends with them, too,
 * and addresses, or networks such as {@code 10.0.0.0/8}. Beyond curl, a name may begin with {@code
 * *.}, as other programs have it.
 *
 * @see <a href="https://curl.se/libcurl/c/CURLOPT_NOPROXY.html">curl</a>
 */
record NoProxy(List<String> rules) {
  private static final String EVERYBODY = "*";

  static NoProxy parse(String text) {
    String small = text.strip().toLowerCase(Locale.ROOT);
    return new NoProxy(
        Arrays.stream(small.split("[,\\s]+", -1)).filter(rule -> !rule.isEmpty()).toList());
  }

  /**
   * Whether a host is asked directly.
   *
   * @param host in small letters; an address of IPv6 without brackets
   */
  boolean spares(String host) {
    if (rules.isEmpty()) {
      return false;
    }
    if (rules.equals(List.of(EVERYBODY))) {
      return true;
    }
    Optional<InetAddress> address = address(host);
    return address.isPresent()
        ? rules.stream().anyMatch(rule -> isWithin(address.get(), rule))
        : rules.stream().anyMatch(rule -> isUnder(host, rule));
  }

  private static boolean isUnder(String host, String rule) {
    String name = withoutDot(host);
    String bare = rule.startsWith("*.") ? rule.substring(2) : rule;
    String domain = withoutDot(bare.startsWith(".") ? bare.substring(1) : bare);
    return !domain.isEmpty() && (name.equals(domain) || name.endsWith("." + domain));
  }

  private static String withoutDot(String name) {
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  private static boolean isWithin(InetAddress host, String rule) {
    int slash = rule.indexOf('/');
    Optional<InetAddress> network = address(slash < 0 ? rule : rule.substring(0, slash));
    if (network.isEmpty()) {
      return false;
    }
    byte[] wanted = network.get().getAddress();
    byte[] given = host.getAddress();
    int bits = slash < 0 ? 8 * wanted.length : bits(rule.substring(slash + 1));
    if (wanted.length != given.length || bits < 0 || bits > 8 * wanted.length) {
      return false;
    }
    int whole = bits / 8;
    int mask = 0xff00 >> (bits % 8) & 0xff;
    return Arrays.equals(wanted, 0, whole, given, 0, whole)
        && (mask == 0 || (wanted[whole] & mask) == (given[whole] & mask));
  }

  private static int bits(String text) {
    return text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : -1;
  }

  private static Optional<InetAddress> address(String text) {
    String bare = text.replace("[", "").replace("]", "");
    if (bare.indexOf(':') < 0 && !bare.matches("[0-9]+(\\.[0-9]+){3}")) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.ofLiteral(bare));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
