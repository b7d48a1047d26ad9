package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two peers that dial each other at the same time. */
@Timeout(120)
class SimultaneousDialTest {
  private static final Duration TIME = Duration.ofSeconds(30);
  private static final String ECHO = "/test/echo/1";
  private static final StreamHandler ECHOES = stream -> stream.in().transferTo(stream.out());
  private static final int ROUNDS = 60;

  @Test
  void bothHaveAConnectionThatWorksAndKeepIt() throws Exception {
    Random random = new Random(42);
    try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < ROUNDS; round++) {
        try (TestHosts hosts = new TestHosts()) {
          Host a = hosts.start();
          Host b = hosts.start();
          a.handle(ECHO, ECHOES);
          b.handle(ECHO, ECHOES);
          RecordedEvents seenByA = new RecordedEvents();
          a.addListener(seenByA);
          CyclicBarrier start = new CyclicBarrier(2);
          int lead = random.nextInt(-3000, 3000);
          Future<?> one = pool.submit(() -> dial(a, b, start, Math.max(0, lead)));
          Future<?> two = pool.submit(() -> dial(b, a, start, Math.max(0, -lead)));
          one.get(60, TimeUnit.SECONDS);
          two.get(60, TimeUnit.SECONDS);
          seenByA.await("connected " + b.peerId().brief());
          assertThat(seenByA.next()).isEmpty();
          assertThat(a.peers()).hasSize(1);
          assertThat(b.peers()).hasSize(1);
        }
      }
    }
  }

  @Test
  void theConnectionThatNobodyUsesIsClosedOnBothSides() throws Exception {
    Random random = new Random(43);
    try (TestHosts hosts = new TestHosts();
        ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Swarm> all = new ArrayList<>();
      List<RecordedEvents> events = new ArrayList<>();
      for (int pair = 0; pair < 10; pair++) {
        Swarm a = started(hosts, all, events);
        Swarm b = started(hosts, all, events);
        CyclicBarrier start = new CyclicBarrier(2);
        int lead = random.nextInt(-300, 300);
        Future<?> one = pool.submit(() -> dial(a, b, start, Math.max(0, lead)));
        Future<?> two = pool.submit(() -> dial(b, a, start, Math.max(0, -lead)));
        one.get(60, TimeUnit.SECONDS);
        two.get(60, TimeUnit.SECONDS);
      }
      TestHosts.await(() -> all.stream().allMatch(host -> host.connections().size() == 1));
      for (int i = 0; i < all.size(); i += 2) {
        echo(all.get(i), all.get(i + 1));
        echo(all.get(i + 1), all.get(i));
        events.get(i).await("connected " + all.get(i + 1).peerId().brief());
        assertThat(events.get(i).next()).isEmpty();
      }
    }
  }

  private static Swarm started(TestHosts hosts, List<Swarm> all, List<RecordedEvents> events)
      throws Exception {
    Swarm host = (Swarm) hosts.start();
    host.handle(ECHO, ECHOES);
    events.add(new RecordedEvents());
    host.addListener(events.getLast());
    all.add(host);
    return host;
  }

  /** Connects after a while, given in microseconds, and has one stream. */
  private static Void dial(Host from, Host to, CyclicBarrier start, int micros) throws Exception {
    start.await(30, TimeUnit.SECONDS);
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < micros * 1000L) {
      Thread.onSpinWait();
    }
    from.connect(TestHosts.address(to), TIME);
    echo(from, to);
    return null;
  }

  private static void echo(Host from, Host to) throws Exception {
    try (P2pStream stream = from.open(to.peerId(), List.of(ECHO), TIME)) {
      stream.out().write(5);
      stream.out().flush();
      assertThat(stream.in().read()).isEqualTo(5);
    }
  }
}
