package spindrift.testkit;

import java.nio.file.Path;
import java.util.List;

/**
 * How an {@link OtherPeer} is started.
 *
 * @param scratch a folder for its log and its repository, which the caller removes
 * @param listen the multiaddr it listens on
 * @param security {@code noise}, {@code tls}, or both with a comma between, the preferred one first
 * @param mdns whether it announces itself on the network and connects to whom it finds
 * @param prefix what to put before its command line, such as {@link Lan.Machine#prefix()}
 */
public record PeerSettings(
    Path scratch, String listen, String security, boolean mdns, List<String> prefix) {
  public PeerSettings {
    prefix = List.copyOf(prefix);
  }

  /** On loopback, with Noise, found by nobody. */
  public static PeerSettings in(Path scratch) {
    return new PeerSettings(scratch, "/ip4/127.0.0.1/tcp/0", "noise", false, List.of());
  }

  public PeerSettings withSecurity(String security) {
    return new PeerSettings(scratch, listen, security, mdns, prefix);
  }

  /** On a machine of a network, found by all who look. */
  public PeerSettings on(Lan.Machine machine) {
    String listen = "/ip4/" + machine.address() + "/tcp/0";
    return new PeerSettings(scratch, listen, security, true, machine.prefix());
  }
}
