package spindrift.node;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import spindrift.base.JsonObject;

/** Whether other nodes on the local network can be found. */
record DiscoveryCheckup(NodeConfig config, Optional<JsonObject> node) implements Checkup {
  private static final String ABOUT = "discovery";
  private static final int MDNS_PORT = 5353;

  @Override
  public void run(Consumer<Finding> findings) {
    if (config.peers().listening() instanceof PeerSettings.Off) {
      findings.accept(Finding.ok("peers", "switched off by the configuration"));
      return;
    }
    try {
      interfaces(findings);
    } catch (SocketException e) {
      findings.accept(
          Finding.warning(ABOUT, "cannot list interfaces: " + WebProbe.why(e), "see 'ip link'"));
    }
    if (config.peers().discovery() == PeerSettings.Discovery.MDNS) {
      findings.accept(port());
    }
    node.ifPresent(running -> findings.accept(peers(Doctor.whole(running, "peers"))));
  }

  private static void interfaces(Consumer<Finding> findings) throws SocketException {
    List<String> multicast = new ArrayList<>();
    boolean global = false;
    for (NetworkInterface one : NetworkInterface.networkInterfaces().toList()) {
      if (one.isUp() && !one.isLoopback()) {
        List<InetAddress> addresses = one.inetAddresses().toList();
        if (one.supportsMulticast() && !addresses.isEmpty()) {
          multicast.add(one.getName());
        }
        global |= addresses.stream().anyMatch(DiscoveryCheckup::isGlobal);
      }
    }
    findings.accept(
        multicast.isEmpty()
            ? Finding.warning(
                ABOUT,
                "no network interface with an address that can multicast",
                "connect to a network, or name peers with --peer")
            : Finding.ok(ABOUT, "can multicast on " + String.join(" ", multicast)));
    findings.accept(
        Finding.ok("IPv6", global ? "there is a global address" : "no global address; IPv4 only"));
  }

  private static boolean isGlobal(InetAddress address) {
    return address instanceof Inet6Address
        && !address.isLinkLocalAddress()
        && !address.isSiteLocalAddress()
        && !address.isLoopbackAddress();
  }

  /** As the node binds it: shared with others that share it, too. */
  private static Finding port() {
    try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET)) {
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      if (channel.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT)) {
        channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      }
      channel.bind(new InetSocketAddress(MDNS_PORT));
      return Finding.ok("mDNS", "UDP port " + MDNS_PORT + " can be shared");
    } catch (IOException e) {
      return Finding.problem(
          "mDNS",
          "UDP port " + MDNS_PORT + " is held by a program that does not share it",
          "find it with 'ss -lunp sport = :5353'; for avahi-daemon set disallow-other-stacks=no");
    }
  }

  private static Finding peers(long count) {
    return count > 0
        ? Finding.ok("peers", count + (count == 1 ? " is" : " are") + " connected")
        : Finding.warning(
            "peers",
            "none is connected",
            "that is right where there is no other node; else see the firewall, or name one with"
                + " --peer");
  }
}
