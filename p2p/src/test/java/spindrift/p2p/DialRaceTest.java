package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;

@Timeout(60)
class DialRaceTest {
  private static final Duration TIME = Duration.ofSeconds(30);

  private final Resolver resolver = new Resolver();
  private final Set<Integer> tried = ConcurrentHashMap.newKeySet();
  private final List<IdleMuxer> muxers = new ArrayList<>();

  @AfterEach
  void close() {
    resolver.close();
  }

  @Test
  void theFirstAddressThatLeadsToAConnectionWins() throws Exception {
    Connection winner =
        race(
            port -> {
              if (port == 1) {
                throw new IOException("refused");
              }
              return connection();
            },
            TIME,
            address(1),
            address(2));
    assertThat(winner).isNotNull();
    assertThat(tried).contains(1, 2);
  }

  @Test
  void anAddressThatDoesNotAnswerHoldsUpNobody() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    race(
        port -> {
          if (port == 1) {
            try {
              never.await();
            } finally {
              interrupted.countDown();
            }
          }
          return connection();
        },
        TIME,
        address(1),
        address(2));
    interrupted.await();
  }

  @Test
  void aConnectionThatComesTooLateIsClosed() throws Exception {
    CountDownLatch decided = new CountDownLatch(1);
    Connection winner =
        race(
            port -> {
              if (port == 1) {
                awaitUninterruptibly(decided);
              }
              return connection();
            },
            TIME,
            address(1),
            address(2));
    decided.countDown();
    TestHosts.await(() -> muxers().size() == 2);
    TestHosts.await(() -> muxers().stream().filter(IdleMuxer::closed).count() == 1);
    winner.close();
    assertThat(muxers()).allMatch(IdleMuxer::closed);
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    while (true) {
      try {
        latch.await();
        return;
      } catch (InterruptedException e) {
        // An attempt that cannot be stopped is what this is about.
        assertThat(e).isNotNull();
      }
    }
  }

  @Test
  void theFaultOfAPeerSaysMoreThanAnAddressThatIsGone() {
    assertThatThrownBy(
            () ->
                race(
                    port -> {
                      if (port == 2) {
                        throw new IntegrityException("one peer", "another", "test");
                      }
                      throw new IOException("refused");
                    },
                    TIME,
                    address(1),
                    address(2),
                    address(3)))
        .isInstanceOf(IntegrityException.class);
    assertThat(tried).contains(1, 2, 3);
  }

  @Test
  void endsAtItsDeadline() {
    assertThatThrownBy(
            () ->
                race(
                    _ -> {
                      new CountDownLatch(1).await();
                      return connection();
                    },
                    Duration.ofMillis(250),
                    address(1),
                    address(2)))
        .isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void looksNamesUp() throws Exception {
    race(_ -> connection(), TIME, TestHosts.multiaddr("/dns4/localhost/tcp/9"));
    assertThat(tried).containsExactly(9);
  }

  @Test
  void saysThatANameIsNotKnown() {
    assertThatThrownBy(
            () -> race(_ -> connection(), TIME, TestHosts.multiaddr("/dns/no.such.invalid/tcp/9")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no.such.invalid");
  }

  @Test
  void goesNowhereThatIsNoPlaceToGo() {
    assertThatThrownBy(
            () ->
                race(
                    _ -> connection(),
                    TIME,
                    TestHosts.multiaddr("/ip4/0.0.0.0/tcp/1"),
                    TestHosts.multiaddr("/ip4/224.0.0.1/tcp/1"),
                    TestHosts.multiaddr("/ip4/127.0.0.1/tcp/0")))
        .isInstanceOf(IOException.class);
    assertThat(tried).isEmpty();
  }

  @Test
  void triesSoManyAddressesAndNoMore() {
    Multiaddr[] many =
        IntStream.range(1, 1000).mapToObj(DialRaceTest::address).toArray(Multiaddr[]::new);
    assertThatThrownBy(
            () ->
                race(
                    _ -> {
                      throw new IOException("refused");
                    },
                    TIME,
                    many))
        .isInstanceOf(IOException.class);
    assertThat(tried).hasSize(DialRace.MAX_TARGETS);
  }

  private interface Attempt {
    Connection to(int port) throws IOException, FaultException, InterruptedException;
  }

  private Connection race(Attempt attempt, Duration time, Multiaddr... addresses)
      throws IOException, FaultException, InterruptedException {
    return new DialRace(
            resolver,
            target -> {
              tried.add(target.endpoint().getPort());
              return attempt.to(target.endpoint().getPort());
            },
            Thread::startVirtualThread,
            Deadline.in(time))
        .run(List.of(addresses));
  }

  private Connection connection() {
    IdleMuxer muxer = new IdleMuxer();
    synchronized (muxers) {
      muxers.add(muxer);
    }
    return new Connection(
        Identity.generate().peerId(), PeerInfo.Direction.OUTBOUND, address(1), muxer);
  }

  private List<IdleMuxer> muxers() {
    synchronized (muxers) {
      return List.copyOf(muxers);
    }
  }

  private static Multiaddr address(int port) {
    return TestHosts.multiaddr("/ip4/127.0.0.1/tcp/" + port);
  }
}
