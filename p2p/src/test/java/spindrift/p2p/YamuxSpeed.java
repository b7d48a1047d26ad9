package spindrift.p2p;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How fast two Yamux in one process are over loopback TCP without encryption. Not a test; run it as
 * a program: streams, bytes of a write, megabytes in all, rounds.
 */
final class YamuxSpeed {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final OperatingSystemMXBean CPU =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private YamuxSpeed() {}

  public static void main(String[] arguments) throws Exception {
    boolean noise = arguments[0].equals("noise");
    int streams = Integer.parseInt(arguments[1]);
    int write = Integer.parseInt(arguments[2]);
    long bytes = Long.parseLong(arguments[3]) * 1_000_000;
    int rounds = Integer.parseInt(arguments[4]);
    try (TcpPair wires = TcpPair.open();
        SocketChannelPair plain = SocketChannelPair.open();
        NoisePair sealed = NoisePair.over(wires.dialer(), wires.listener(), List.of(), List.of());
        YamuxPair pair =
            noise
                ? YamuxPair.over(sealed.dialer(), sealed.listener(), YamuxPair.settings())
                : YamuxPair.over(plain.dialer(), plain.listener(), YamuxPair.settings())) {
      for (int i = 0; i < rounds; i++) {
        long start = System.nanoTime();
        long cpu = CPU.getProcessCpuTime();
        round(pair.dialer(), pair.listener(), streams, write, bytes / streams);
        double seconds = (System.nanoTime() - start) / 1e9;
        double cpuSeconds = (CPU.getProcessCpuTime() - cpu) / 1e9;
        System.out.printf(
            "%s streams=%d write=%d MB/s=%.0f MB/cpu_s=%.0f writes/s=%.0f rtt_us=%d%n",
            arguments[0],
            streams,
            write,
            bytes / seconds / 1e6,
            bytes / cpuSeconds / 1e6,
            bytes / seconds / write,
            TimeUnit.NANOSECONDS.toMicros(pair.dialer().roundTripNanos()));
      }
    }
  }

  private static void round(Yamux dialer, Yamux listener, int streams, int write, long each)
      throws Exception {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < streams; i++) {
      threads.add(Thread.startVirtualThread(() -> send(dialer, write, each)));
      threads.add(Thread.startVirtualThread(() -> receive(listener, each)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void send(Yamux yamux, int write, long bytes) {
    byte[] buffer = new byte[write];
    try (MuxedStream stream = yamux.open(PATIENCE)) {
      for (long sent = 0; sent < bytes; sent += write) {
        stream.out().write(buffer);
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void receive(Yamux yamux, long bytes) {
    byte[] buffer = new byte[64 << 10];
    long received = 0;
    try (MuxedStream stream = yamux.accept().orElseThrow()) {
      for (int n = 0; n >= 0; n = stream.in().read(buffer)) {
        received += n;
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    if (received < bytes) {
      throw new AssertionError(received + " bytes came, not " + bytes);
    }
  }
}
