package spindrift.p2p;

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

  private YamuxSpeed() {}

  public static void main(String[] arguments) throws Exception {
    int streams = Integer.parseInt(arguments[0]);
    int write = Integer.parseInt(arguments[1]);
    long bytes = Long.parseLong(arguments[2]) * 1_000_000;
    int rounds = Integer.parseInt(arguments[3]);
    YamuxSettings settings =
        YamuxSettings.of(streams, new MemoryBudget(64 << 20), RateLimit.none());
    try (SocketChannelPair pair = SocketChannelPair.open();
        Yamux dialer = Yamux.start(pair.dialer(), YamuxSide.DIALER, settings);
        Yamux listener = Yamux.start(pair.listener(), YamuxSide.LISTENER, settings)) {
      for (int i = 0; i < rounds; i++) {
        long start = System.nanoTime();
        round(dialer, listener, streams, write, bytes / streams);
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
            "streams=%d write=%d MB/s=%.0f writes/s=%.0f rtt_us=%d%n",
            streams,
            write,
            bytes / seconds / 1e6,
            bytes / seconds / write,
            TimeUnit.NANOSECONDS.toMicros(dialer.roundTripNanos()));
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
