package spindrift.p2p;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import spindrift.base.Bytes;

/**
 * Sends packets to all on a network that no honest machine sends: malformed ones, names that lead
 * round in circles, the largest there are, noise, and more peers than there can be. Then it says so
 * and ends.
 */
final class MdnsAttacker {
  private static final int FLOOD = 20_000;

  private MdnsAttacker() {}

  public static void main(String[] args) throws IOException {
    InetSocketAddress all = new InetSocketAddress(InetAddress.ofLiteral("224.0.0.251"), 5353);
    try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET)) {
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      channel.bind(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), MdnsLink.PORT));
      channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, NetworkInterface.getByName("eth0"));
      for (Bytes packet : single()) {
        channel.send(ByteBuffer.wrap(packet.toArray()), all);
      }
      System.out.println("sent each");
      List<Bytes> lies = lies();
      for (int i = 0; i < FLOOD; i++) {
        channel.send(ByteBuffer.wrap(lies.get(i % lies.size()).toArray()), all);
      }
    }
    System.out.println("flooded");
  }

  private static List<Bytes> single() {
    List<Bytes> packets = new ArrayList<>();
    Bytes good = MdnsService.QUERY.toBytes();
    for (int cut = 0; cut < good.size(); cut++) {
      packets.add(good.slice(0, cut));
    }
    Bytes head = Bytes.of(0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0);
    // A name that is itself, two that are each other, one that leads out, labels without end.
    packets.add(head.concat(Bytes.of(0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 9, 0, 0)));
    packets.add(head.concat(Bytes.of(0xc0, 14, 0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 9, 0, 0)));
    packets.add(head.concat(Bytes.of(0xff, 0xff, 0, 16, 0, 1, 0, 0, 0, 9, 0, 0)));
    packets.add(head.concat(Bytes.of(1, 'a', 0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 9, 0, 0)));
    packets.add(head.concat(repeated(Bytes.of(1, 'a'), 700)));
    // Counts of records that are not there, data longer than the packet.
    packets.add(Bytes.of(0, 0, 0x84, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff));
    packets.add(head.concat(Bytes.of(0, 0, 16, 0, 1, 0, 0, 0, 9, 0xff, 0xff)));
    // As large as datagrams are: the kernel puts them together from pieces.
    packets.add(head.concat(repeated(Bytes.of(0xc0), 60_000)));
    packets.add(repeated(good, 65_000 / good.size()));
    Random random = new Random(7);
    for (int i = 0; i < 50; i++) {
      byte[] noise = new byte[random.nextInt(1400)];
      random.nextBytes(noise);
      packets.add(Bytes.owning(noise));
    }
    return packets;
  }

  private static Bytes repeated(Bytes part, int times) {
    byte[] all = new byte[part.size() * times];
    for (int i = 0; i < times; i++) {
      part.copyTo(all, i * part.size());
    }
    return Bytes.owning(all);
  }

  /** Each of a few peers that are nowhere. */
  private static List<Bytes> lies() {
    List<Bytes> packets = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      MdnsService service = new MdnsService(Identity.generate().peerId());
      packets.add(
          service
              .answer(
                  MdnsService.QUERY.questions(),
                  List.of(TestHosts.multiaddr("/ip4/10.0.0." + (i + 1) + "/tcp/9")))
              .orElseThrow()
              .toBytes());
    }
    return packets;
  }
}
