package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import spindrift.testkit.Seeds;

/** Hundreds of streams at once, both ways, that end in every way there is. */
@Timeout(240)
class YamuxStressTest {
  private static final int STREAMS = 150;
  private static final int LONGEST = 300_000;
  private static final int LARGEST_CHUNK = 70_000;
  private static final List<End> ENDS = List.of(End.values());

  /** How a stream ends. */
  private enum End {
    BOTH_COMPLETE,
    OPENER_RESETS,
    ACCEPTER_RESETS,
    OPENER_CLOSES_EARLY,
    ACCEPTER_CLOSES_EARLY
  }

  /** What happens on one stream; both sides know it from the seed that the first bytes are. */
  private record Plan(long seed, End end, int there, int back, int breakOffAt) {
    static Plan of(long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      End end = random.nextInt(3) > 0 ? End.BOTH_COMPLETE : ENDS.get(random.nextInt(ENDS.size()));
      int there = random.nextInt(1 + random.nextInt(LONGEST));
      int back = random.nextInt(1 + random.nextInt(LONGEST));
      return new Plan(seed, end, there, back, random.nextInt(1 + there));
    }

    SplittableRandom payload() {
      return new SplittableRandom(~seed);
    }
  }

  @Test
  void everyByteArrivesOnItsStreamInItsOrder() {
    Seeds.forEach(
        6,
        random -> {
          MemoryChannel.Pair channels =
              MemoryChannel.pair(1 + random.nextInt(1 << random.nextInt(4, 20)), Duration.ZERO);
          YamuxSettings settings = YamuxPair.settings();
          try (YamuxPair pair = YamuxPair.over(channels.dialer(), channels.listener(), settings)) {
            exchange(pair, random);
            ScriptedYamux.await(() -> pair.dialer().streams() + pair.listener().streams() == 0);
          }
          ScriptedYamux.await(() -> settings.memory().used() == 0);
        });
  }

  private static void exchange(YamuxPair pair, RandomGenerator random) throws Exception {
    Queue<Concurrently<Void>> work = new ConcurrentLinkedQueue<>();
    for (Yamux side : List.of(pair.dialer(), pair.listener())) {
      Concurrently<Void> ignored = Concurrently.run(() -> acceptAll(side, work));
    }
    for (int i = 0; i < STREAMS; i++) {
      Plan plan = Plan.of(random.nextLong());
      Yamux opener = random.nextBoolean() ? pair.dialer() : pair.listener();
      work.add(Concurrently.run(() -> open(opener, plan)));
    }
    while (!work.isEmpty()) {
      work.remove().join();
    }
  }

  private static void acceptAll(Yamux yamux, Queue<Concurrently<Void>> work)
      throws InterruptedException {
    Optional<MuxedStream> next = yamux.accept();
    while (next.isPresent()) {
      MuxedStream stream = next.get();
      work.add(Concurrently.run(() -> serve(stream)));
      next = yamux.accept();
    }
  }

  private static void open(Yamux yamux, Plan plan) throws Exception {
    try (MuxedStream stream = yamux.open(YamuxPair.PATIENCE)) {
      stream.out().write(ByteBuffer.allocate(Long.BYTES).putLong(plan.seed).array());
      Concurrently<Integer> received = Concurrently.call(() -> receive(stream.in(), plan));
      switch (plan.end) {
        case OPENER_RESETS -> {
          send(stream.out(), plan, plan.breakOffAt);
          stream.reset();
        }
        case OPENER_CLOSES_EARLY -> {
          send(stream.out(), plan, plan.breakOffAt);
          stream.in().close();
        }
        default -> {
          send(stream.out(), plan, plan.there);
          stream.closeWrite();
        }
      }
      int count = received.join();
      if (plan.end == End.BOTH_COMPLETE) {
        assertThat(count).isEqualTo(plan.back);
      }
    } catch (IOException e) {
      assertThat(plan.end).as("%s", e).isNotEqualTo(End.BOTH_COMPLETE);
    }
  }

  private static void serve(MuxedStream accepted) throws Exception {
    Plan plan = null;
    try (MuxedStream stream = accepted) {
      plan = Plan.of(ByteBuffer.wrap(stream.in().readNBytes(Long.BYTES)).getLong());
      Plan known = plan;
      Concurrently<Integer> received = Concurrently.call(() -> receive(stream.in(), known));
      switch (plan.end) {
        case ACCEPTER_RESETS -> stream.reset();
        case ACCEPTER_CLOSES_EARLY -> stream.in().close();
        default -> {
          send(stream.out(), plan, plan.back);
          stream.closeWrite();
        }
      }
      int count = received.join();
      if (plan.end == End.BOTH_COMPLETE) {
        assertThat(count).isEqualTo(plan.there);
      }
    } catch (IOException | java.nio.BufferUnderflowException e) {
      assertThat(plan == null ? null : plan.end).isNotEqualTo(End.BOTH_COMPLETE);
    }
  }

  private static void send(OutputStream out, Plan plan, int count) throws IOException {
    SplittableRandom payload = plan.payload();
    SplittableRandom sizes = new SplittableRandom(plan.seed);
    for (int left = count; left > 0; ) {
      byte[] chunk = new byte[Math.min(left, 1 + sizes.nextInt(1 + sizes.nextInt(LARGEST_CHUNK)))];
      for (int i = 0; i < chunk.length; i++) {
        chunk[i] = (byte) payload.nextInt();
      }
      out.write(chunk);
      left -= chunk.length;
    }
  }

  /** Reads to the end or until it fails, and compares all that came; returns how much that was. */
  private static int receive(InputStream in, Plan plan) {
    SplittableRandom payload = plan.payload();
    SplittableRandom sizes = new SplittableRandom(plan.seed + 1);
    int count = 0;
    try {
      while (true) {
        byte[] chunk = new byte[1 + sizes.nextInt(1 + sizes.nextInt(LARGEST_CHUNK))];
        int n = in.read(chunk);
        if (n < 0) {
          return count;
        }
        for (int i = 0; i < n; i++) {
          if (chunk[i] != (byte) payload.nextInt()) {
            throw new AssertionError("a wrong byte at " + (count + i));
          }
        }
        count += n;
      }
    } catch (IOException e) {
      return count;
    }
  }
}
