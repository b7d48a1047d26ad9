package spindrift.p2p;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import spindrift.base.Bytes;

/**
 * A socket for the packets of multicast DNS on one network. A socket for each tells which network a
 * packet is from, and where one goes. One thread may receive while others send.
 */
final class MdnsLink implements AutoCloseable {
  static final int PORT = 5353;

  /** The protocol's: nothing that came through a router has it. */
  private static final int HOPS = 255;

  private final MdnsNetwork network;
  private final DatagramChannel channel;
  private final InetSocketAddress group;

  /** The receiving thread's. */
  private final ByteBuffer incoming = ByteBuffer.allocateDirect(DnsMessage.MAX_BYTES);

  private MdnsLink(MdnsNetwork network, DatagramChannel channel, InetSocketAddress group) {
    this.network = network;
    this.channel = channel;
    this.group = group;
  }

  /** Joins the group on a network. */
  static MdnsLink open(MdnsNetwork network) throws IOException {
    boolean four = network.family() == StandardProtocolFamily.INET;
    InetAddress group = InetAddress.ofLiteral(four ? "224.0.0.251" : "ff02::fb");
    NetworkInterface card = NetworkInterface.getByIndex(network.index());
    if (card == null) {
      throw new IOException("interface " + network.name() + " is gone");
    }
    DatagramChannel channel = DatagramChannel.open(network.family());
    try {
      // Others on this machine listen on the port as well: avahi, other peers.
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      if (channel.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT)) {
        channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      }
      channel.bind(new InetSocketAddress(InetAddress.ofLiteral(four ? "0.0.0.0" : "::"), PORT));
      channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, card);
      channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, HOPS);
      channel.join(group, card);
      return new MdnsLink(network, channel, new InetSocketAddress(group, PORT));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  MdnsNetwork network() {
    return network;
  }

  /** Whether packets can still be sent and received. */
  boolean isOpen() {
    return channel.isOpen();
  }

  /** A packet and where it is from. */
  record Packet(Bytes bytes, InetSocketAddress source) {}

  /** The next packet. Blocks. */
  Packet receive() throws IOException {
    incoming.clear();
    InetSocketAddress source = (InetSocketAddress) channel.receive(incoming);
    byte[] bytes = new byte[incoming.flip().remaining()];
    incoming.get(bytes);
    return new Packet(Bytes.owning(bytes), source);
  }

  /** Sends to all on the network. */
  void send(DnsMessage message) throws IOException {
    send(message, group);
  }

  void send(DnsMessage message, InetSocketAddress target) throws IOException {
    byte[] bytes = message.toBytes().toArray();
    ByteBuffer packet = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    channel.send(packet, target);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException ignored) {
      // There is nobody left whom this could matter to.
    }
  }
}
