package spindrift.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;

/** What programs see when something goes wrong: an error, never wrong bytes, never a hang. */
@Timeout(60)
class FailuresTest {
  private static final Duration LONG = Duration.ofSeconds(50);

  private final MemoryTree tree = new MemoryTree();
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch interrupted = new CountDownLatch(1);

  /** Waits until it is interrupted. */
  private <T> Answer<T> stalled(Duration deadline) {
    return Answer.later(
        deadline,
        () -> {
          begun.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.countDown();
            throw e;
          }
          throw new AssertionError();
        });
  }

  private void failing(String name, MemoryTree.Contents contents) {
    tree.file(FileTree.ROOT, name, 10_000, contents);
  }

  @Test
  void tellsTheErrorThatTheTreeTells() throws Exception {
    failing(
        "denied",
        (o, s) -> {
          throw new FuseException(Errno.EACCES, "not for you");
        });
    failing(
        "stale",
        (o, s) ->
            Answer.later(
                LONG,
                () -> {
                  throw new FuseException(Errno.ESTALE, "gone");
                }));
    failing(
        "broken",
        (o, s) -> {
          throw new IllegalStateException("a mistake");
        });
    failing(
        "offline",
        (o, s) ->
            Answer.later(
                LONG,
                () -> {
                  throw new IOException("nobody there");
                }));
    failing(
        "dead",
        (o, s) ->
            Answer.later(
                LONG,
                () -> {
                  throw new StackOverflowError();
                }));
    tree.lookups.put(
        Bytes.utf8("lost"),
        Answer.later(
            LONG,
            () -> {
              throw new FuseException(Errno.ETIMEDOUT, "nobody knows");
            }));
    try (Kernel kernel = Kernel.serving(tree)) {
      assertThat(kernel.run("cat denied").complaints()).contains("Permission denied");
      assertThat(kernel.run("cat stale").complaints()).contains("Stale file handle");
      assertThat(kernel.run("stat lost").complaints()).contains("Connection timed out");
      for (String name : List.of("broken", "offline", "dead")) {
        assertThat(kernel.run("cat " + name).complaints()).contains("Input/output error");
      }
    }
  }

  @Test
  void neverGivesWrongBytes(@TempDir Path folder) throws Exception {
    failing("short", (o, s) -> MemoryTree.now(Bytes.owning(new byte[s - 1])));
    failing("long", (o, s) -> MemoryTree.now(Bytes.owning(new byte[s + 1])));
    failing("empty", (o, s) -> MemoryTree.now(Bytes.EMPTY));
    Path pack = folder.resolve("pack");
    Files.write(pack, new byte[6000]);
    try (FileChannel file = FileChannel.open(pack);
        Arena arena = Arena.ofShared()) {
      // It ends in the middle of the answer.
      failing("cut", (o, s) -> Answer.now(Content.of(Content.Slice.of(file, o, s))));
      Path shrunk = folder.resolve("shrunk");
      Files.write(shrunk, new byte[10_000]);
      MemorySegment mapped;
      try (FileChannel whole = FileChannel.open(shrunk)) {
        mapped = whole.map(FileChannel.MapMode.READ_ONLY, 0, 10_000, arena);
      }
      Files.write(shrunk, new byte[0]);
      failing("unmapped", (o, s) -> Answer.now(Content.of(Content.Slice.of(mapped.asSlice(o, s)))));
      MemorySegment freed;
      try (Arena other = Arena.ofShared()) {
        freed = other.allocate(10_000);
      }
      failing(
          "freed", (o, s) -> Answer.now(new Content(List.of(new Content.Memory(freed)), () -> {})));
      try (Kernel kernel = Kernel.serving(tree)) {
        for (String name : List.of("short", "long", "empty", "cut", "unmapped", "freed")) {
          Kernel.Outcome outcome = kernel.run("cat " + name);
          assertThat(outcome.complaints()).as(name).contains("Input/output error");
          // Of a file that is cut the first page is there, and right.
          int right = name.equals("cut") ? 4096 : 0;
          assertThat(outcome.bytes()).as(name).isEqualTo(Bytes.owning(new byte[right]));
        }
      }
    }
  }

  /** Contents that are wrong for so many times. */
  private static MemoryTree.Contents wrongAtFirst(int times, AtomicInteger lent) {
    AtomicInteger reads = new AtomicInteger();
    return (offset, size) -> {
      lent.incrementAndGet();
      boolean isRight = reads.getAndIncrement() >= times;
      byte[] bytes = new byte[size];
      Arrays.fill(bytes, (byte) (isRight ? 'r' : 'w'));
      List<Content.Slice> slices = List.of(Content.Slice.of(Bytes.owning(bytes)));
      return Answer.now(new Content(slices, () -> isRight, lent::decrementAndGet));
    };
  }

  @Test
  void askOnceMoreForWhatChangedWhileItWasRead() throws Exception {
    AtomicInteger lent = new AtomicInteger();
    failing("once", wrongAtFirst(1, lent));
    failing("always", wrongAtFirst(Integer.MAX_VALUE, lent));
    MemoryTree.Contents later = wrongAtFirst(2, lent);
    failing(
        "later",
        (offset, size) ->
            Answer.later(LONG, () -> ((Answer.Now<Content>) later.read(offset, size)).value()));
    try (Kernel kernel = Kernel.serving(tree)) {
      for (String name : List.of("once", "later")) {
        Kernel.Outcome outcome = kernel.run("cat " + name + " | tr -d r");
        assertThat(outcome.complaints()).isEmpty();
        assertThat(outcome.text()).isEmpty();
      }
      Kernel.Outcome outcome = kernel.run("cat always");
      assertThat(outcome.complaints()).contains("Input/output error");
      assertThat(outcome.text()).isEmpty();
    }
    assertThat(lent).hasValue(0);
  }

  @Test
  void giveBackEveryContent() throws Exception {
    AtomicInteger lent = new AtomicInteger();
    MemoryTree.Contents counted =
        (offset, size) -> {
          lent.incrementAndGet();
          Content.Slice slice = Content.Slice.of(Bytes.owning(new byte[size]));
          return Answer.now(new Content(List.of(slice), lent::decrementAndGet));
        };
    failing("good", counted);
    failing("wrong", (offset, size) -> counted.read(offset, size + 1));
    failing(
        "later",
        (offset, size) ->
            Answer.later(LONG, () -> ((Answer.Now<Content>) counted.read(offset, size)).value()));
    try (Kernel kernel = Kernel.serving(tree)) {
      kernel.run("cat good wrong later");
      assertThat(tree.count("read")).isGreaterThanOrEqualTo(3);
    }
    assertThat(lent).hasValue(0);
  }

  @Test
  void aStalledReadFailsAtItsDeadline() throws Exception {
    failing("stalled", (o, s) -> stalled(Duration.ofMillis(200)));
    try (Kernel kernel = Kernel.serving(tree)) {
      assertThat(kernel.run("cat stalled").complaints()).contains("Input/output error");
      assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** Its file "slow" is read by no thread that those who wait for it need, too. */
  private static MemoryTree stuckUntil(CountDownLatch gate) {
    MemoryTree below = new MemoryTree();
    below.file(
        FileTree.ROOT,
        "slow",
        10_000,
        (o, s) -> {
          try {
            gate.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return MemoryTree.now(Bytes.owning(new byte[s]));
        });
    return below;
  }

  @Test
  void whoReadsAFileThatStallsWhileItIsSentCanBeKilled() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    MemoryTree below = stuckUntil(gate);
    try (Kernel lower = Kernel.serving(below);
        FileChannel file = FileChannel.open(lower.path("slow"));
        Kernel kernel = kernelOf("stuck", file)) {
      try {
        Process reader = kernel.start("dd", "if=mount/stuck", "iflag=direct", "bs=4k");
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        reader.destroy();
        assertThat(reader.waitFor(20, TimeUnit.SECONDS)).isTrue();
      } finally {
        gate.countDown();
      }
    }
  }

  private Kernel kernelOf(String name, FileChannel file) throws IOException {
    failing(
        name,
        (o, s) ->
            Answer.later(
                LONG,
                () -> {
                  begun.countDown();
                  return Content.of(Content.Slice.of(file, o, s));
                }));
    return Kernel.serving(tree);
  }

  @Test
  void aFileThatStallsWhileItIsSentFailsAtTheDeadline() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    MemoryTree below = stuckUntil(gate);
    tree.file(FileTree.ROOT, "good", "good\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    try (Kernel lower = Kernel.serving(below);
        FileChannel file = FileChannel.open(lower.path("slow"));
        Kernel kernel = Kernel.serving(tree)) {
      Duration soon = Duration.ofMillis(300);
      for (int i = 0; i < 20; i++) {
        failing(
            "stuck-" + i,
            (o, s) -> Answer.later(soon, () -> Content.of(Content.Slice.of(file, o, s))));
      }
      try {
        // More than have memory to answer with: those that find none have a deadline, too.
        Kernel.Outcome outcome =
            kernel.run("for i in {0..19}; do cat stuck-$i & done; cat good; wait");
        assertThat(outcome.text()).isEqualTo("good\n");
        assertThat(outcome.complaints().lines().filter(line -> line.contains("Input/output")))
            .hasSize(20);
      } finally {
        gate.countDown();
      }
    }
  }

  @Test
  void aWaitingReaderCanBeKilled() throws Exception {
    failing("stalled", (o, s) -> stalled(LONG));
    try (Kernel kernel = Kernel.serving(tree)) {
      Process cat = kernel.start("cat", "mount/stalled");
      assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
      cat.destroy();
      assertThat(cat.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
    // Read-ahead is nobody's: its work ends with the mount.
    assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void anInterruptedReadIsCancelled() throws Exception {
    failing("stalled", (o, s) -> stalled(LONG));
    try (Kernel kernel = Kernel.serving(tree)) {
      Process reader = kernel.start("dd", "if=mount/stalled", "iflag=direct", "bs=4k");
      assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
      reader.destroy();
      assertThat(reader.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void anInterruptedLookUpIsCancelled() throws Exception {
    tree.lookups.put(Bytes.utf8("slow"), stalled(LONG));
    try (Kernel kernel = Kernel.serving(tree)) {
      Process reader = kernel.start("stat", "mount/slow");
      assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
      reader.destroy();
      assertThat(reader.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aSignalThatDoesNotMeanStopIsNoError() throws Exception {
    CountDownLatch answered = new CountDownLatch(1);
    long other = tree.file(FileTree.ROOT, "other", new byte[0]);
    tree.lookups.put(
        Bytes.utf8("slow"),
        Answer.later(
            LONG,
            () -> {
              begun.countDown();
              answered.await();
              return new Lookup.Entry(other, tree.attributes(other));
            }));
    try (Kernel kernel = Kernel.serving(tree)) {
      // The shell itself looks the name up.
      Process shell =
          new ProcessBuilder(
                  "timeout", "30", "bash", "-c", "echo $$; [ -e mount/slow ] && echo yes")
              .directory(kernel.base().toFile())
              .start();
      try (var said = shell.inputReader(java.nio.charset.StandardCharsets.UTF_8)) {
        String pid = said.readLine();
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < 5; i++) {
          assertThat(kernel.run("kill -CHLD " + pid).exit()).isZero();
        }
        answered.countDown();
        assertThat(said.readLine()).isEqualTo("yes");
      }
    }
  }

  @Test
  void aSecondSignalMayMeanStop() throws Exception {
    tree.lookups.put(Bytes.utf8("slow"), stalled(LONG));
    try (Kernel kernel = Kernel.serving(tree)) {
      Process shell =
          new ProcessBuilder("timeout", "30", "bash", "-c", "echo $$; [ -e mount/slow ]")
              .directory(kernel.base().toFile())
              .start();
      try (var said = shell.inputReader(java.nio.charset.StandardCharsets.UTF_8)) {
        String pid = said.readLine();
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        kernel.run("kill -CHLD " + pid + "; kill -KILL " + pid);
        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(shell.waitFor(20, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  @Test
  void readsWhichSignalsWait() {
    String status = "Name:\tx\nSigQ:\t0/1\nSigPnd:\t%s\nShdPnd:\t%s\nSigBlk:\t%s\n";
    String none = "0".repeat(16);
    assertThat(Signals.wantStop(status.formatted(none, none, none))).isFalse();
    assertThat(Signals.wantStop(status.formatted("0000000000010000", none, none))).isFalse();
    assertThat(Signals.wantStop(status.formatted("0000000000000100", none, none))).isTrue();
    assertThat(Signals.wantStop(status.formatted(none, "0000000000004000", none))).isTrue();
    assertThat(Signals.wantStop(status.formatted(none, "0000000000004000", "ffffffffffffffff")))
        .isFalse();
    assertThat(Signals.wantStop(0)).isTrue();
    assertThat(Signals.wantStop(Integer.MAX_VALUE)).isTrue();
    assertThat(Signals.wantStop((int) ProcessHandle.current().pid())).isFalse();
  }

  @Test
  void othersGoOnWhileManyWait() throws Exception {
    tree.file(FileTree.ROOT, "good", "good\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    for (int i = 0; i < 150; i++) {
      failing("stalled-" + i, (o, s) -> stalled(LONG));
    }
    try (Kernel kernel = Kernel.serving(tree)) {
      Kernel.Outcome outcome =
          kernel.run(
              "for f in stalled-*; do timeout 20 cat $f & done; cat good; ls | wc -l;"
                  + " kill $(jobs -p); wait");
      assertThat(outcome.text()).isEqualTo("good\n151\n");
    }
  }

  @Test
  void whatWaitsWhenItIsUnmountedGetsAnError() throws Exception {
    failing("stalled", (o, s) -> stalled(LONG));
    try (Kernel kernel = Kernel.serving(tree)) {
      Process cat = kernel.start("cat", "mount/stalled");
      assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
      assertThatThrownBy(() -> kernel.session().unmount())
          .isInstanceOfSatisfying(
              MountException.class,
              e -> assertThat(e.reason()).isEqualTo(MountException.Reason.BUSY));
      kernel.session().close();
      assertThat(Files.exists(kernel.path("stalled"))).isFalse();
      cat.destroy();
      assertThat(cat.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(kernel.session().awaitEnd(Duration.ofSeconds(20))).isTrue();
      assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }
}
