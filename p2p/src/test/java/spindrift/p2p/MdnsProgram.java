package spindrift.p2p;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import spindrift.base.FaultException;

/**
 * A host that looks for peers, for tests on networks of their own. It prints its peer id, then a
 * line for each peer that it finds, and ends with its input. With an argument it connects to those
 * that it finds; without, to nobody.
 */
final class MdnsProgram {
  private MdnsProgram() {}

  public static void main(String[] args) throws Exception {
    List<Multiaddr> listen =
        List.of(Multiaddr.parse("/ip4/0.0.0.0/tcp/0"), Multiaddr.parse("/ip6/::/tcp/0"));
    try (Host host = Host.start(Identity.generate(), HostSettings.defaults(listen, "mdns"));
        Mdns _ = Mdns.start(host.peerId(), host::linkAddresses, found(host, args))) {
      System.out.println("self " + host.peerId());
      while (System.in.read() >= 0) {
        // until whoever started this lets go
      }
    }
  }

  private static Mdns.Listener found(Host host, String[] args) {
    return (peer, addresses) -> {
      System.out.println("found " + peer + " " + addresses);
      if (args.length > 0) {
        Thread.ofVirtual().start(() -> connect(host, addresses.getFirst().withPeer(peer)));
      }
    };
  }

  private static void connect(Host host, Multiaddr address) {
    try {
      System.out.println("connected " + host.connect(address, Duration.ofSeconds(20)));
    } catch (IOException | FaultException e) {
      System.out.println("not connected " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
