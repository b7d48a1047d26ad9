package spindrift.p2p;

import java.util.List;

/**
 * A host that connects to nobody and looks for peers, for tests on networks of their own. It prints
 * its peer id, then a line for each peer that it finds, and ends with its input.
 */
final class MdnsProgram {
  private MdnsProgram() {}

  public static void main(String[] args) throws Exception {
    List<Multiaddr> listen =
        List.of(Multiaddr.parse("/ip4/0.0.0.0/tcp/0"), Multiaddr.parse("/ip6/::/tcp/0"));
    try (Host host = Host.start(Identity.generate(), HostSettings.defaults(listen, "mdns"));
        Mdns _ = Mdns.start(host.peerId(), host::addresses, MdnsProgram::print)) {
      System.out.println("self " + host.peerId());
      while (System.in.read() >= 0) {
        // until whoever started this lets go
      }
    }
  }

  private static void print(PeerId peer, List<Multiaddr> addresses) {
    System.out.println("found " + peer + " " + addresses);
  }
}
