package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import spindrift.nix.StorePath;

@Timeout(60)
final class PathTurnsTest {
  private static final StorePath PATH =
      new StorePath("0".repeat(StorePath.HASH_PART_LENGTH), "object");

  private final PathTurns turns = new PathTurns();

  @Test
  void whoFindsAnotherAtItWaitsAndDoesNothing() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Optional<String>> first =
          threads.submit(
              () ->
                  turns.unlessBusy(
                      PATH,
                      () -> {
                        begun.countDown();
                        await(goOn);
                        return "first";
                      }));
      begun.await();
      Future<Optional<String>> second =
          threads.submit(() -> turns.unlessBusy(PATH, () -> "second"));
      Future<String> third = threads.submit(() -> turns.oneAtATime(PATH, () -> "third"));
      assertThat(turns.unlessBusy(otherPath(), () -> "other")).contains("other");
      MountNodes.await(() -> turns.users(PATH) == 3);
      assertThat(second).isNotDone();
      assertThat(third).isNotDone();
      goOn.countDown();
      assertThat(first.get()).contains("first");
      assertThat(second.get()).isEmpty();
      assertThat(third.get()).isEqualTo("third");
      assertThat(turns.unlessBusy(PATH, () -> "fourth")).contains("fourth");
    }
  }

  private static StorePath otherPath() {
    return new StorePath("1".repeat(StorePath.HASH_PART_LENGTH), "object");
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
