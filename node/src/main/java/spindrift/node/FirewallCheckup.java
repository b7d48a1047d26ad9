package spindrift.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Which firewalls are here. Their rules are root's to read, and say little by themselves, so this
 * says only what each of them needs.
 */
record FirewallCheckup(NodeConfig config) implements Checkup {
  private static final int PORT = PeerNetwork.DEFAULT_PORT;

  @Override
  public void run(Consumer<Finding> findings) {
    if (config.peers().listening() instanceof PeerSettings.Off) {
      return;
    }
    List<String> mends = new ArrayList<>();
    if (contains("/etc/ufw/ufw.conf", "ENABLED=yes")) {
      mends.add("ufw allow " + PORT + "/tcp; ufw allow 5353/udp");
    }
    if (Files.exists(Path.of("/run/firewalld"))
        || Files.exists(Path.of("/var/run/firewalld.pid"))) {
      mends.add("firewall-cmd --add-port=" + PORT + "/tcp --add-service=mdns");
    }
    if (Files.exists(Path.of("/etc/NIXOS"))) {
      mends.add(
          "networking.firewall.allowedTCPPorts = [ "
              + PORT
              + " ]; networking.firewall.allowedUDPPorts = [ 5353 ];");
    }
    if (mends.isEmpty() && hasRules()) {
      mends.add("let TCP port " + PORT + " and UDP port 5353 in, see 'nft list ruleset'");
    }
    if (mends.isEmpty()) {
      findings.accept(Finding.ok("firewall", "none seen"));
    }
    for (String mend : mends) {
      findings.accept(Finding.warning("firewall", "one is here that may keep peers out", mend));
    }
  }

  private static boolean hasRules() {
    boolean nftables =
        contains("/proc/modules", "nf_tables ") && contains("/etc/nftables.conf", "policy drop");
    return nftables || contains("/proc/net/ip_tables_names", "filter");
  }

  private static boolean contains(String file, String text) {
    try {
      return Files.readString(Path.of(file)).contains(text);
    } catch (IOException e) {
      return false;
    }
  }
}
