package spindrift.p2p;

import java.util.List;

/**
 * How many bytes a second a Noise channel carries over loopback, both ends in this process. Not a
 * test; run {@code main}.
 */
final class NoiseSpeed {
  private static final long BYTES = 2L << 30;
  private static final int PIECE = 1 << 18;
  private static final int RUNS = 5;

  private NoiseSpeed() {}

  public static void main(String[] args) throws Exception {
    for (int run = 0; run < RUNS; run++) {
      try (TcpPair wires = TcpPair.open();
          NoisePair pair = NoisePair.over(wires.dialer(), wires.listener(), List.of(), List.of());
          Aside<Void> writing = Aside.run(() -> write(pair.dialer()))) {
        byte[] buffer = new byte[PIECE];
        long begin = System.nanoTime();
        for (long done = 0; done < BYTES; ) {
          done += pair.listener().read(buffer, 0, buffer.length);
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        writing.result();
        System.out.printf("%.0f MB/s%n", BYTES / 1e6 / seconds);
      }
    }
  }

  private static Void write(NoiseChannel channel) throws Exception {
    byte[] buffer = new byte[PIECE];
    for (long done = 0; done < BYTES; done += PIECE) {
      channel.write(buffer, 0, PIECE);
    }
    return null;
  }
}
