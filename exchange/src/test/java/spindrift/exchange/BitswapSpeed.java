package spindrift.exchange;

import java.io.BufferedInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import spindrift.base.Bytes;
import spindrift.ipld.Block;
import spindrift.ipld.CarReader;
import spindrift.ipld.CarSection;
import spindrift.ipld.Cid;
import spindrift.p2p.Host;
import spindrift.p2p.HostSettings;
import spindrift.p2p.Identity;
import spindrift.p2p.Multiaddr;
import spindrift.p2p.PeerId;

/**
 * Measures one node fetching from others, encrypted; run by hand.
 *
 * <pre>
 * local BLOCKS TIMES            two nodes in this process, over loopback
 * serve BLOCKS LISTEN           prints its address and serves
 * fetch BLOCKS TIMES ADDRESS…   from such servers
 * </pre>
 *
 * BLOCKS is {@code large}, {@code small}, or the path of a CAR file.
 */
final class BitswapSpeed {
  private static final long LARGE_BYTES = Long.getLong("bytes", 1_000_000_000);
  private static final int SMALL_COUNT = 57_000;

  /** As much as a consumer lets come in advance. */
  private static final long AHEAD_BYTES = 64 << 20;

  private BitswapSpeed() {}

  public static void main(String[] args) throws Exception {
    List<Block> blocks =
        switch (args[1]) {
          case "large" -> large();
          case "small" -> small();
          default -> ofCar(Path.of(args[1]));
        };
    switch (args[0]) {
      case "local" -> local(blocks, Integer.parseInt(args[2]));
      case "serve" -> serve(blocks, args[2]);
      default -> {
        for (int i = 0; i < Integer.parseInt(args[2]); i++) {
          fetch(blocks, Arrays.copyOfRange(args, 3, args.length));
        }
      }
    }
  }

  private static void local(List<Block> blocks, int times) throws Exception {
    Blocks shared = Blocks.of(blocks);
    for (int i = 0; i < times; i++) {
      try (TestNode server = TestNode.start(shared)) {
        fetch(blocks, TestNode.addressOf(server.host).toString());
      }
    }
  }

  private static void serve(List<Block> blocks, String listen) throws Exception {
    Host host =
        Host.start(
            Identity.generate(),
            HostSettings.defaults(List.of(Multiaddr.parse(listen)), "spindrift-speed"));
    Bitswap.start(host, Blocks.of(blocks), BitswapSettings.DEFAULTS);
    System.out.println(TestNode.addressOf(host));
    Thread.currentThread().join();
  }

  private static void fetch(List<Block> blocks, String... addresses) throws Exception {
    try (TestNode client = TestNode.start(new Blocks())) {
      List<PeerId> peers = new ArrayList<>();
      for (String address : addresses) {
        peers.add(client.host.connect(Multiaddr.parse(address), TestNode.PATIENCE));
      }
      try (FetchSession session = client.bitswap.session(peers)) {
        measure(blocks, session);
      }
    }
  }

  private static void measure(List<Block> blocks, FetchSession session) throws Exception {
    long start = System.nanoTime();
    long cpuStart = cpuNanos();
    long bytes = 0;
    int expected = 0;
    long ahead = 0;
    for (Block block : blocks) {
      List<Cid> more = new ArrayList<>();
      while (expected < blocks.size() && ahead < AHEAD_BYTES) {
        Block next = blocks.get(expected++);
        ahead += next.bytes().size();
        more.add(next.cid());
      }
      if (!more.isEmpty()) {
        session.expect(more);
      }
      int size = session.load(block.cid()).size();
      bytes += size;
      ahead -= size;
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%d blocks, %.0f MB in %.2f s: %.0f MB/s, %.0f blocks/s; processor %.2f s; shares %s%n",
        blocks.size(),
        bytes / 1e6,
        seconds,
        bytes / 1e6 / seconds,
        blocks.size() / seconds,
        (cpuNanos() - cpuStart) / 1e9,
        session.shares().stream().map(FetchSession.PeerShare::blocks).toList());
  }

  /** Of this process; tells more than the clock where others use the machine too. */
  private static long cpuNanos() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
  }

  /** 128 to 512 KiB each, as different as a gigabyte of memory allows. */
  private static List<Block> large() {
    Random random = new Random(1);
    List<Block> blocks = new ArrayList<>();
    long bytes = 0;
    while (bytes < LARGE_BYTES) {
      byte[] content = new byte[(128 << 10) + random.nextInt(384 << 10)];
      random.nextBytes(content);
      bytes += content.length;
      blocks.add(Block.raw(Bytes.owning(content)));
    }
    return blocks;
  }

  private static List<Block> ofCar(Path file) throws Exception {
    List<Block> blocks = new ArrayList<>();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      CarReader reader = CarReader.open(in, CarReader.Check.VERIFY);
      for (Optional<CarSection> next = reader.next(); next.isPresent(); next = reader.next()) {
        blocks.add(next.get().block());
      }
    }
    return blocks;
  }

  private static List<Block> small() {
    Random random = new Random(2);
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < SMALL_COUNT; i++) {
      byte[] content = new byte[1024 + random.nextInt(7 << 10)];
      random.nextBytes(content);
      blocks.add(Block.raw(Bytes.owning(content)));
    }
    return blocks;
  }
}
