package spindrift.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The ways out of the local network, as Linux lists them; elsewhere none are known.
 *
 * @param ip4 the file with the routes of IPv4
 * @param ip6 the file with those of IPv6
 */
record DefaultRoutes(Path ip4, Path ip6) {
  static final DefaultRoutes OF_LINUX =
      new DefaultRoutes(Path.of("/proc/net/route"), Path.of("/proc/net/ipv6_route"));

  /** Ours: a machine with more routes than that is a router of the internet. */
  private static final int MAX_BYTES = 1 << 20;

  private static final Pattern BLANKS = Pattern.compile("\\s+");
  private static final String ANY4 = "00000000";
  private static final String ANY6 = "0".repeat(32) + " 00";

  /** Whether this system tells. */
  boolean areKnown() {
    return Files.exists(ip4);
  }

  /** The interface and the gateway of each. */
  Set<String> read() {
    Set<String> routes = new HashSet<>();
    for (String line : lines(ip4)) {
      // Interface, destination, gateway, flags, references, use, metric, mask.
      String[] fields = BLANKS.split(line.strip(), -1);
      if (fields.length > 7 && fields[1].equals(ANY4) && fields[7].equals(ANY4)) {
        routes.add("default " + fields[0] + " " + fields[2]);
      }
    }
    for (String line : lines(ip6)) {
      // Destination, length, source, length, next hop, …, interface.
      String[] fields = BLANKS.split(line.strip(), -1);
      if (fields.length > 9 && line.startsWith(ANY6) && !fields[9].equals("lo")) {
        routes.add("default " + fields[9] + " " + fields[4]);
      }
    }
    return routes;
  }

  private static List<String> lines(Path file) {
    try (var in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MAX_BYTES), StandardCharsets.US_ASCII).lines().toList();
    } catch (IOException e) {
      return List.of(); // another system, or IPv6 is off
    }
  }
}
