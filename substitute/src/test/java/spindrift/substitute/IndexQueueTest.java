package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import spindrift.nix.StorePath;
import spindrift.substitute.IndexQueue.Demand;
import spindrift.substitute.IndexQueue.Item;
import spindrift.substitute.IndexQueue.Job;

/** What is wanted now goes before what may be wanted some day. */
final class IndexQueueTest {
  private final IndexQueue queue = new IndexQueue();

  @Test
  void whatNobodyWaitsForIsTakenInOrder() throws Exception {
    queue.offer(items(1, 2, 3));
    queue.offer(items(1, 4));
    assertThat(takeAll(4, job -> !job.isWanted())).isEqualTo(paths(1, 2, 3, 4));
    assertThat(queue.size()).isZero();
  }

  @Test
  void whatSomebodyWaitsForIsAnotherKind() throws Exception {
    queue.offer(items(1, 2));
    try (Demand demand = queue.demand(items(2, 3))) {
      Job first = queue.take(Job::isWanted).orElseThrow();
      Job second = queue.take(Job::isWanted).orElseThrow();
      assertThat(List.of(first.path(), second.path())).isEqualTo(paths(2, 3));
      queue.done(second);
      assertThat(demand.next(Duration.ofSeconds(30))).contains(path(3));
      assertThat(demand.next(Duration.ZERO)).isEmpty();
      queue.done(first);
      assertThat(demand.next(Duration.ofSeconds(30))).contains(path(2));
      assertThat(demand.next(Duration.ofHours(1))).isEmpty();
    }
  }

  @Test
  void aJobUnderWayCanBecomeWanted() throws Exception {
    queue.offer(items(1));
    Job job = queue.take(any -> !any.isWanted()).orElseThrow();
    try (Demand demand = queue.demand(items(1))) {
      assertThat(job.isWanted()).isTrue();
      queue.rest(job, Duration.ofHours(1));
      queue.done(job);
      assertThat(demand.next(Duration.ofSeconds(30))).contains(path(1));
    }
  }

  @Test
  void whatIsWaitedForNoMoreIsInNoHurry() throws Exception {
    Demand one = queue.demand(items(1));
    Demand two = queue.demand(items(1));
    one.close();
    Job job = queue.take(Job::isWanted).orElseThrow();
    two.close();
    assertThat(job.isWanted()).isTrue();
    queue.done(job);
    queue.demand(items(2)).close();
    assertThat(takeAll(1, each -> !each.isWanted())).isEqualTo(paths(2));
  }

  @Test
  void takesNoMoreThanItHasRoomFor() throws Exception {
    queue.offer(items(IntStream.range(0, 10_000).toArray()));
    assertThat(queue.size()).isEqualTo(IndexQueue.MAX_OFFERED + IndexQueue.MAX_WANTED);
    try (Demand demand = queue.demand(items(20_000))) {
      assertThat(demand.next(Duration.ofHours(1))).isEmpty();
    }
    try (Demand demand = queue.demand(items(IntStream.range(0, 1000).toArray()))) {
      for (int i = 0; i < IndexQueue.MAX_WANTED; i++) {
        queue.done(queue.take(Job::isWanted).orElseThrow());
        assertThat(demand.next(Duration.ofSeconds(30))).isPresent();
      }
      assertThat(demand.next(Duration.ofHours(1))).isEmpty();
    }
  }

  @Test
  void closingEndsAllWaiting() throws Exception {
    Demand demand = queue.demand(items(1));
    Thread worker = Thread.ofVirtual().start(() -> assertThat(takeNone()).isEmpty());
    queue.close();
    worker.join();
    assertThat(demand.next(Duration.ofHours(1))).isPresent();
    assertThat(queue.demand(items(2)).next(Duration.ofHours(1))).isEmpty();
    assertThat(queue.isClosed()).isTrue();
  }

  private Optional<Job> takeNone() {
    try {
      return queue.take(job -> false);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private List<StorePath> takeAll(int count, java.util.function.Predicate<Job> kind)
      throws InterruptedException {
    List<StorePath> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Job job = queue.take(kind).orElseThrow();
      taken.add(job.path());
      queue.done(job);
    }
    return taken;
  }

  private static StorePath path(int number) {
    return LookupTest.numbered(number);
  }

  private static List<StorePath> paths(int... numbers) {
    return IntStream.of(numbers).mapToObj(IndexQueueTest::path).toList();
  }

  private static List<Item> items(int... numbers) {
    return paths(numbers).stream().map(path -> new Item(path, 100)).toList();
  }
}
