package spindrift.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.ipld.Block;
import spindrift.p2p.Host;
import spindrift.p2p.PeerId;

/**
 * Transfers over a network that loses streams and peers: whatever happens, each load ends. {@code
 * -Dseed=} runs one seed, {@code -Dseeds=} so many.
 */
@Timeout(300)
class BitswapSimulationTest {
  private static final int SEEDS = Integer.getInteger("seeds", 150);
  private static final int AT_ONCE = 50;
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final BitswapSettings SETTINGS =
      new BitswapSettings(64, 16 << 10, Duration.ofMillis(300));

  private final AtomicInteger loaded = new AtomicInteger();
  private final AtomicInteger absent = new AtomicInteger();

  @Test
  void everyLoadEnds() throws Exception {
    Map<Long, Throwable> failed = new ConcurrentSkipListMap<>();
    Semaphore slots = new Semaphore(AT_ONCE);
    try (ExecutorService runs = Executors.newVirtualThreadPerTaskExecutor()) {
      for (long seed : seeds()) {
        slots.acquire();
        runs.execute(
            () -> {
              try {
                run(seed);
              } catch (Throwable e) {
                failed.put(seed, e);
              } finally {
                slots.release();
              }
            });
      }
    }
    assertThat(failed).isEmpty();
    assertThat(loaded.get()).isGreaterThan(absent.get());
  }

  private static List<Long> seeds() {
    Long one = Long.getLong("seed");
    if (one != null) {
      return List.of(one);
    }
    List<Long> seeds = new ArrayList<>();
    for (long seed = 0; seed < SEEDS; seed++) {
      seeds.add(seed);
    }
    return seeds;
  }

  private void run(long seed) throws Exception {
    Random random = new Random(seed);
    List<Block> blocks = Blocks.some(seed, 20 + random.nextInt(100), 100 + random.nextInt(8000));
    int faults = random.nextInt(4) == 0 ? 0 : random.nextInt(40);
    boolean complete = random.nextBoolean();
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    List<Bitswap> all = new ArrayList<>();
    try (SimulatedNetwork network = new SimulatedNetwork(seed, faults)) {
      Host host = network.host(0);
      Bitswap client = Bitswap.start(host, new Blocks(), SETTINGS);
      all.add(client);
      List<PeerId> peers = new ArrayList<>();
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        Host server = network.host(i);
        List<Block> some =
            blocks.stream().filter(block -> complete || random.nextInt(6) > 0).toList();
        all.add(Bitswap.start(server, Blocks.of(some), serverSettings(random)));
        peers.add(server.peerId());
      }
      List<Future<?>> transfers = new ArrayList<>();
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        Transfer transfer =
            new Transfer(client, peers, blocks, complete, new Random(random.nextLong()));
        transfers.add(threads.submit((Callable<Void>) transfer::run));
      }
      for (int i = random.nextInt(5); i > 0; i--) {
        PeerId peer = peers.get(random.nextInt(peers.size()));
        LockSupport.parkNanos(random.nextInt(20_000_000));
        if (random.nextBoolean()) {
          network.cut(host.peerId(), peer);
        } else {
          network.disconnect(host.peerId(), peer);
        }
      }
      for (Future<?> transfer : transfers) {
        try {
          transfer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          throw new AssertionError("seed " + seed + " waits for ever", e);
        }
      }
    } finally {
      threads.shutdownNow();
      all.forEach(Bitswap::close);
    }
  }

  /** Some keep fewer wants than they are asked for, and forget the others without a word. */
  private static BitswapSettings serverSettings(Random random) {
    int wants = random.nextBoolean() ? SETTINGS.maxWantsPerPeer() : 16 + random.nextInt(16);
    return new BitswapSettings(wants, SETTINGS.maxQueuedBytesPerPeer(), SETTINGS.stallTime());
  }

  /** Reads blocks in their order, ahead of itself by a few. */
  private final class Transfer {
    private final Bitswap bitswap;
    private final List<PeerId> peers;
    private final List<Block> blocks;
    private final boolean complete;
    private final Random random;

    Transfer(
        Bitswap bitswap, List<PeerId> peers, List<Block> blocks, boolean complete, Random random) {
      this.bitswap = bitswap;
      this.peers = peers;
      this.blocks = blocks;
      this.complete = complete;
      this.random = random;
    }

    Void run() throws Exception {
      int ahead = 1 + random.nextInt(blocks.size());
      int end = random.nextBoolean() ? blocks.size() : random.nextInt(blocks.size());
      List<PeerId> some = peers.stream().filter(peer -> random.nextInt(3) > 0).toList();
      try (FetchSession session = bitswap.session(some)) {
        if (random.nextBoolean()) {
          session.holdAtMost(1 + random.nextInt(40_000));
        }
        boolean expects = random.nextInt(4) > 0;
        int readers = 1 + random.nextInt(3);
        int expected = 0;
        for (int i = 0; i < end; i++) {
          if (expects && expected < Math.min(blocks.size(), i + ahead)) {
            int to = Math.min(blocks.size(), i + ahead);
            session.expect(Blocks.cids(blocks.subList(expected, to)));
            expected = to;
          }
          if (readers == 1) {
            load(session, blocks.get(i));
          } else {
            loadTogether(session, blocks.get(i), readers);
          }
        }
      }
      return null;
    }

    /** Some of the readers give up before the block comes. */
    private void loadTogether(FetchSession session, Block block, int readers) throws Exception {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < readers; i++) {
        threads.add(
            Thread.startVirtualThread(
                () -> {
                  try {
                    load(session, block);
                  } catch (IOException | FaultException e) {
                    // Interrupted.
                  }
                }));
      }
      if (random.nextInt(3) == 0) {
        threads.getFirst().interrupt();
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }

    private void load(FetchSession session, Block block) throws IOException, FaultException {
      boolean again = true;
      while (again) {
        try {
          Bytes bytes = session.load(block.cid());
          assertThat(bytes).isEqualTo(block.bytes());
          loaded.incrementAndGet();
          again = false;
        } catch (AbsentException e) {
          absent.incrementAndGet();
          peers.forEach(session::addPeer);
          again = complete;
        }
      }
    }
  }
}
