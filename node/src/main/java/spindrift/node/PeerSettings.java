package spindrift.node;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.p2p.Multiaddr;

/**
 * How a node deals with other nodes.
 *
 * @param peers to keep connected, with or without {@code /p2p/ID} at the end
 * @param uploadLimit bytes a second to all peers together; empty for no limit
 */
public record PeerSettings(
    Listening listening, List<Multiaddr> peers, Discovery discovery, OptionalLong uploadLimit) {
  /** In place of an address to listen on: no peer-to-peer at all. */
  public static final String NONE = "none";

  static final String LISTEN_KEY = "p2p.listen";
  static final String PEERS_KEY = "p2p.peers";
  static final String UPLOAD_LIMIT_KEY = "p2p.upload-limit";

  static final PeerSettings DEFAULTS =
      new PeerSettings(new Anywhere(), List.of(), Discovery.MDNS, OptionalLong.empty());

  /** Whether peers are looked for on the local network. */
  public enum Discovery {
    MDNS,
    OFF
  }

  /** Where peers can connect. */
  public sealed interface Listening {}

  /** On all interfaces, on the usual port or where that is taken on a free one. */
  public record Anywhere() implements Listening {}

  /** On these addresses and no others. */
  public record At(List<Multiaddr> addresses) implements Listening {
    public At {
      addresses = List.copyOf(addresses);
    }
  }

  /** Nowhere: the node has no peers. */
  public record Off() implements Listening {}

  public PeerSettings {
    peers = List.copyOf(peers);
  }

  PeerSettings withListen(List<String> addresses) throws ConfigException {
    return new PeerSettings(listening(addresses), peers, discovery, uploadLimit);
  }

  PeerSettings withMorePeers(List<String> addresses) throws ConfigException {
    List<Multiaddr> all = new ArrayList<>(peers);
    for (String address : addresses) {
      all.add(peer(PEERS_KEY, address));
    }
    return new PeerSettings(listening, all, discovery, uploadLimit);
  }

  PeerSettings withDiscovery(Discovery changed) {
    return new PeerSettings(listening, peers, changed, uploadLimit);
  }

  PeerSettings withUploadLimit(String rate) throws ConfigException {
    OptionalLong limit = OptionalLong.of(Size.parseRate(UPLOAD_LIMIT_KEY, rate));
    return new PeerSettings(listening, peers, discovery, limit);
  }

  /**
   * Reads the address of a peer.
   *
   * @param key the setting or argument, for the message
   */
  static Multiaddr peer(String key, String text) throws ConfigException {
    Multiaddr address = parse(key, text, "such as /ip4/192.0.2.1/tcp/7746 or /dns/host/tcp/7746");
    if (address.tcp().filter(endpoint -> endpoint.port() > 0).isEmpty()) {
      throw new ConfigException(
          key, text, "cannot be dialled; want an address such as /ip4/192.0.2.1/tcp/7746");
    }
    return address;
  }

  private static Listening listening(List<String> addresses) throws ConfigException {
    if (addresses.equals(List.of(NONE))) {
      return new Off();
    }
    if (addresses.isEmpty() || addresses.contains(NONE)) {
      throw new ConfigException(
          LISTEN_KEY, String.join(" ", addresses), "want addresses, or '" + NONE + "' alone");
    }
    List<Multiaddr> at = new ArrayList<>();
    for (String address : addresses) {
      at.add(own(address));
    }
    return new At(at);
  }

  private static Multiaddr own(String text) throws ConfigException {
    String example = "such as /ip4/0.0.0.0/tcp/7746";
    Multiaddr address = parse(LISTEN_KEY, text, example);
    boolean ip = address.parts().getFirst().protocol().matches("ip[46]");
    if (!ip || address.tcp().isEmpty() || address.peer().isPresent()) {
      throw new ConfigException(
          LISTEN_KEY, text, "cannot be listened on; want an IP address and a TCP port, " + example);
    }
    return address;
  }

  private static Multiaddr parse(String key, String text, String example) throws ConfigException {
    try {
      return Multiaddr.parse(text);
    } catch (FaultException e) {
      throw new ConfigException(key, text, "want a multiaddr " + example + ": " + e.getMessage());
    }
  }
}
