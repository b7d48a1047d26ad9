package spindrift.p2p;

import java.util.List;
import java.util.OptionalLong;

/**
 * How a host behaves.
 *
 * @param listen addresses to listen on, {@code /ip4|ip6/…/tcp/PORT}; port 0 takes a free one
 * @param agent what it calls itself, such as {@code spindrift/0.1.0}
 * @param maxConnections in all; past it the least useful is closed
 * @param maxConnectionsPerPeer of one peer
 * @param maxStreamsPerConnection that a peer may have open on one connection
 * @param maxMemory bytes that all receive windows may hold together; the buffers that encrypt take
 *     a quarter as many beside them, and 256 KiB for each connection
 * @param uploadLimit bytes a second to all peers together; empty for no limit
 */
public record HostSettings(
    List<Multiaddr> listen,
    String agent,
    int maxConnections,
    int maxConnectionsPerPeer,
    int maxStreamsPerConnection,
    long maxMemory,
    OptionalLong uploadLimit) {
  public HostSettings {
    listen = List.copyOf(listen);
  }

  /** Room for a large office. */
  public static HostSettings defaults(List<Multiaddr> listen, String agent) {
    return new HostSettings(listen, agent, 200, 4, 256, 64L << 20, OptionalLong.empty());
  }
}
