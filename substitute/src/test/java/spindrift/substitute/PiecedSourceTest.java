package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import spindrift.base.AbsentException;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.FaultException;

/** Real threads and real bytes; what a source does at a piece is the test's. */
@Timeout(60)
final class PiecedSourceTest {
  private static final int SIZE = 7 * Pieces.PIECE_BYTES + 12_345;
  private static final int FROM = 4_321;

  private final Bytes nar = SignedNar.noise(3, SIZE).nar();
  private final Queue<String> lost = new ConcurrentLinkedQueue<>();
  private final Set<String> gave = ConcurrentHashMap.newKeySet();
  private final WindowBudget budget = new WindowBudget(WindowBudget.TOTAL_BYTES);

  @AfterEach
  void givesItsMemoryBack() {
    assertThat(budget.leaseNow(WindowBudget.TOTAL_BYTES / 2)).isPresent();
  }

  /** What a source does before it sends the second half of a piece. */
  private interface HalfWay {
    void at(One source, long from) throws IOException, FaultException;
  }

  private final class One implements NarSource {
    private final String name;
    private final HalfWay halfWay;
    final CountDownLatch aborted = new CountDownLatch(1);

    One(String name, HalfWay halfWay) {
      this.name = name;
      this.halfWay = halfWay;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Origin origin() {
      return new Origin.Cache(name);
    }

    @Override
    public Verdicts.Trust trust() {
      return Verdicts.Trust.UNTRIED;
    }

    @Override
    public List<String> healthNames() {
      return List.of(name);
    }

    @Override
    public OptionalLong usualRate() {
      return OptionalLong.empty();
    }

    @Override
    public boolean isSeekable() {
      return true;
    }

    @Override
    public void deliver(ByteTarget target, long from, long to) throws IOException, FaultException {
      int half = (int) (to - from) / 2;
      byte[] bytes = nar.slice((int) from, (int) to).toArray();
      target.write(bytes, 0, half);
      halfWay.at(this, from);
      gave.add(name);
      target.write(bytes, half, bytes.length - half);
    }

    @Override
    public void abort() {
      aborted.countDown();
    }
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private PiecedSource of(One... sources) {
    return new PiecedSource(
        List.of(sources),
        budget.leaseNow(WindowBudget.WINDOW_BYTES).orElseThrow(),
        (source, why) -> lost.add(source.name()));
  }

  private Bytes fetch(PiecedSource source) throws IOException, FaultException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    source.deliver(ByteTarget.of(out), FROM, nar.size());
    return Bytes.owning(out.toByteArray());
  }

  private Bytes rest() {
    return nar.slice(FROM, nar.size());
  }

  @Test
  void bothBringPieces() throws Exception {
    CountDownLatch bothBegan = new CountDownLatch(2);
    HalfWay together =
        (source, from) -> {
          bothBegan.countDown();
          await(bothBegan);
        };
    PiecedSource both = of(new One("a", together), new One("b", together));
    assertThat(fetch(both)).isEqualTo(rest());
    assertThat(gave).containsExactlyInAnyOrder("a", "b");
    assertThat(both.members()).hasSize(2);
    assertThat(lost).isEmpty();
  }

  @Test
  void whatOneFailsAtAnotherBrings() throws Exception {
    One dies =
        new One(
            "dies",
            (source, from) -> {
              throw new IOException("reset");
            });
    One lives = new One("b", (source, from) -> Awaiting.until(() -> !lost.isEmpty()));
    assertThat(fetch(of(dies, lives))).isEqualTo(rest());
    assertThat(gave).containsExactly("b");
    assertThat(lost).containsExactly("dies");
  }

  @Test
  void whatOneStallsAtAnotherBrings() throws Exception {
    One stalls = new One("stalls", (source, from) -> await(source.aborted));
    assertThat(fetch(of(stalls, new One("b", (source, from) -> {})))).isEqualTo(rest());
    assertThat(lost).isEmpty();
  }

  @Test
  void allFail() {
    CountDownLatch oneFailed = new CountDownLatch(1);
    One absent =
        new One(
            "absent",
            (source, from) -> {
              await(oneFailed);
              Awaiting.until(() -> !lost.isEmpty());
              throw new AbsentException("gone");
            });
    One dies =
        new One(
            "dies",
            (source, from) -> {
              oneFailed.countDown();
              throw new IOException("reset");
            });
    assertThatThrownBy(() -> fetch(of(absent, dies)))
        .isInstanceOf(AbsentException.class)
        .hasMessageContaining("gone");
    Awaiting.until(() -> lost.size() == 2);
    assertThat(lost).containsExactly("dies", "absent");
  }

  @Test
  void endsWhenItIsAborted() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    HalfWay stall =
        (source, from) -> {
          begun.countDown();
          await(source.aborted);
        };
    PiecedSource both = of(new One("a", stall), new One("b", stall));
    FutureTask<Optional<Throwable>> task =
        new FutureTask<>(
            () -> {
              try {
                fetch(both);
                return Optional.empty();
              } catch (IOException | FaultException e) {
                return Optional.of(e);
              }
            });
    Thread.ofVirtual().start(task);
    begun.await();
    both.abort();
    assertThat(task.get()).containsInstanceOf(IOException.class);
  }

  @Test
  void holdsNoMoreThanItsWindow() throws Exception {
    CountDownLatch enough = new CountDownLatch(1);
    Pieces pieces = new Pieces(0, 100L * Pieces.PIECE_BYTES, 2, 4L * Pieces.PIECE_BYTES);
    FutureTask<Integer> taking =
        new FutureTask<>(
            () -> {
              int taken = 0;
              while (pieces.take() != null) {
                if (++taken == 3) {
                  enough.countDown();
                }
              }
              return taken;
            });
    Thread.ofVirtual().start(taking);
    enough.await();
    pieces.close();
    assertThat(taking.get()).isEqualTo(3);
  }
}
