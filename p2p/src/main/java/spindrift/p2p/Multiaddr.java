package spindrift.p2p;

import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/**
 * An address that says how to reach something, protocol by protocol: {@code
 * /ip4/192.0.2.1/tcp/4001/p2p/12D3…}. Protocols of the multiaddr table that cannot be dialled here
 * are read and written all the same.
 *
 * @see <a href="https://github.com/multiformats/multiaddr">multiaddr</a>
 */
public record Multiaddr(List<Part> parts) {
  /**
   * One protocol and its value.
   *
   * @param value the text of the value; empty where the protocol has none
   */
  public record Part(String protocol, String value) {}

  /** Ours: the longest address that is read, in bytes. */
  public static final int MAX_BYTES = 1024;

  public Multiaddr {
    parts = List.copyOf(parts);
  }

  public static Multiaddr parse(String text) throws MalformedDataException {
    throw new UnsupportedOperationException("TODO");
  }

  public static Multiaddr fromBytes(Bytes bytes) throws MalformedDataException {
    throw new UnsupportedOperationException("TODO");
  }

  public Bytes toBytes() {
    throw new UnsupportedOperationException("TODO");
  }

  /**
   * The host and port where this is {@code ip4|ip6|dns|dns4|dns6} over TCP and nothing else but a
   * peer.
   */
  public Optional<TcpEndpoint> tcp() {
    throw new UnsupportedOperationException("TODO");
  }

  /**
   * Where TCP goes.
   *
   * @param host an IP address or a name
   * @param port 0…65535
   */
  public record TcpEndpoint(String host, int port) {}

  /** The peer at the end of the address. */
  public Optional<PeerId> peer() {
    throw new UnsupportedOperationException("TODO");
  }

  /** This address with a peer at its end, in place of any that is there. */
  public Multiaddr withPeer(PeerId peer) {
    throw new UnsupportedOperationException("TODO");
  }

  /** This address without a peer at its end. */
  public Multiaddr withoutPeer() {
    throw new UnsupportedOperationException("TODO");
  }

  @Override
  public String toString() {
    throw new UnsupportedOperationException("TODO");
  }
}
