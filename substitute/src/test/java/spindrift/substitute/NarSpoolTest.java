package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.nix.NixHash;

final class NarSpoolTest {
  private static final int SIZE = 20 << 20;
  private static final Bytes NAR = SignedNar.noiseOf(5, SIZE);

  @TempDir private Path directory;

  private static void append(NarSpool spool, int from, int to) throws IOException {
    for (int at = from; at < to; at += 100_000) {
      byte[] piece = NAR.slice(at, Math.min(to, at + 100_000)).toArray();
      spool.append(piece, 0, piece.length);
    }
  }

  private static FutureTask<Bytes> read(NarSpool spool, int from, int to) {
    NarSpool.Reader reader = spool.reader(from, to).orElseThrow();
    FutureTask<Bytes> task =
        new FutureTask<>(
            () -> {
              ByteArrayOutputStream out = new ByteArrayOutputStream();
              try (reader) {
                reader.writeTo(ByteTarget.of(out));
              }
              return Bytes.owning(out.toByteArray());
            });
    Thread.ofVirtual().start(task);
    return task;
  }

  @Test
  void holdsAllForWhoHasNotReadYet() throws Exception {
    Spool room = Spool.open(directory, SIZE, 4 << 20);
    NarSpool spool = new NarSpool(room, SIZE, 64 << 10, Optional.empty());
    NarSpool.Reader late = spool.reader(0, SIZE).orElseThrow();
    append(spool, 0, SIZE);
    spool.end();
    assertThat(room.memoryBytes()).isLessThan(5 << 20);
    assertThat(room.fileBytes()).isGreaterThan(15 << 20);
    assertThat(directory).isEmptyDirectory();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    late.writeTo(ByteTarget.of(out));
    assertThat(Bytes.owning(out.toByteArray())).isEqualTo(NAR);
    late.close();
    assertThat(read(spool, 7_000_000, 7_000_100).get()).isEqualTo(NAR.slice(7_000_000, 7_000_100));
    spool.close();
    assertThat(room.memoryBytes()).isZero();
    assertThat(room.fileBytes()).isZero();
  }

  @Test
  void waitsForTheSlowestWhereThereIsNoFile() throws Exception {
    Spool room = Spool.open(directory, 0, 4 << 20);
    waitsForTheSlowest(room);
    assertThat(room.fileBytes()).isZero();
  }

  @Test
  void waitsForTheSlowestWhenTheFilesAreFull() throws Exception {
    Spool room = Spool.open(directory, 3 << 20, 4 << 20);
    waitsForTheSlowest(room);
  }

  @Test
  void waitsForTheSlowestWhenTheDiskIsFull() throws Exception {
    Path small = Files.createDirectory(directory.resolve("small"));
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small.toString()),
        "may not mount a file system");
    try {
      waitsForTheSlowest(Spool.open(small, SIZE, 4 << 20));
    } finally {
      run("umount", "-l", small.toString());
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
  }

  private static void waitsForTheSlowest(Spool room) throws Exception {
    NarSpool spool = new NarSpool(room, SIZE, 64 << 10, Optional.empty());
    CountDownLatch go = new CountDownLatch(1);
    NarSpool.Reader slow = spool.reader(0, SIZE).orElseThrow();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FutureTask<Bytes> slowly =
        new FutureTask<>(
            () -> {
              go.await();
              slow.writeTo(ByteTarget.of(out));
              slow.close();
              return Bytes.owning(out.toByteArray());
            });
    Thread.ofVirtual().start(slowly);
    FutureTask<Bytes> quick = read(spool, 0, SIZE);
    FutureTask<Boolean> sender =
        new FutureTask<>(
            () -> {
              append(spool, 0, SIZE);
              spool.end();
              return true;
            });
    Thread.ofVirtual().start(sender);
    Awaiting.until(() -> spool.written() > 3 << 20);
    assertThat(room.memoryBytes()).isLessThanOrEqualTo((4 << 20) + 2 * HeldPart.CHUNK_BYTES);
    assertThat(spool.written()).isLessThan(SIZE);
    go.countDown();
    assertThat(slowly.get()).isEqualTo(NAR);
    assertThat(quick.get()).isEqualTo(NAR);
    assertThat(sender.get()).isTrue();
    spool.close();
    assertThat(room.memoryBytes()).isZero();
  }

  @Test
  void dropsWhoOnlyFollowsInsteadOfWaiting() throws Exception {
    NarSpool spool =
        new NarSpool(Spool.open(directory, 0, 4 << 20), SIZE, 64 << 10, Optional.empty());
    NarSpool.Reader follower = spool.follower();
    FutureTask<Bytes> client = read(spool, 0, SIZE);
    append(spool, 0, SIZE);
    spool.end();
    assertThat(client.get()).isEqualTo(NAR);
    assertThatThrownBy(() -> follower.read(new byte[10], 0, 10))
        .isInstanceOf(NarSpool.ReadFailure.class);
    spool.close();
  }

  @Test
  void holdsTheLastByteBack() throws Exception {
    NarSpool spool = new NarSpool(Spool.open(directory, SIZE), SIZE, 64 << 10, Optional.empty());
    FutureTask<Bytes> range = read(spool, 100, 200);
    append(spool, 0, SIZE);
    assertThat(range.isDone()).isFalse();
    spool.fail(new IntegrityException("this", "that", "test"));
    assertThatThrownBy(range::get).hasCauseInstanceOf(NarSpool.ReadFailure.class);
    assertThat(spool.reader(0, SIZE)).isEmpty();
    spool.close();
  }

  @Test
  void cleansUpWhatAKilledNodeLeft() throws Exception {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("left.nar"), "bytes");
    Spool.open(directory, SIZE);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void takesNoMoreThanTheNarHas() throws Exception {
    NarSpool spool = new NarSpool(Spool.open(directory, SIZE), 10, 64 << 10, Optional.empty());
    assertThatThrownBy(() -> spool.append(new byte[11], 0, 11)).isInstanceOf(IOException.class);
    spool.close();
  }

  private static final NixHash HASH = NixHash.sha256Of(NAR);

  private NarSpool named(Spool room) {
    return new NarSpool(room, SIZE, 64 << 10, Optional.of(HASH));
  }

  private static Bytes contents(FileChannel file) throws IOException {
    try (file) {
      return Bytes.owning(Channels.newInputStream(file).readAllBytes());
    }
  }

  @Test
  void leavesWhatHasComeToTheNextStart() throws Exception {
    NarSpool spool = named(Spool.open(directory, SIZE));
    append(spool, 0, 8_000_000);
    spool.suspend();
    NarSpool next = named(Spool.open(directory, SIZE));
    assertThat(contents(next.left().orElseThrow())).isEqualTo(NAR.slice(0, 8_000_000));
    assertThat(next.left()).as("once").isEmpty();
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void whoIsKilledLeavesABeginning() throws Exception {
    Spool room = Spool.open(directory, SIZE, 4 << 20);
    NarSpool killed = named(room);
    NarSpool.Reader slow = killed.reader(0, SIZE).orElseThrow();
    append(killed, 0, 12_000_000);
    long inFile = room.fileBytes();
    assertThat(inFile).isGreaterThan(5 << 20);
    Bytes left = contents(named(Spool.open(directory, SIZE)).left().orElseThrow());
    assertThat(left).isEqualTo(NAR.slice(0, (int) inFile));
    slow.close();
    killed.close();
  }

  @Test
  void leavesNothingThatHasNoBeginning() throws Exception {
    Spool room = Spool.open(directory, SIZE, 4 << 20);
    NarSpool spool = named(room);
    NarSpool.Reader reader = spool.reader(0, SIZE).orElseThrow();
    append(spool, 0, 8_000_000);
    byte[] read = new byte[8_000_000];
    for (int at = 0; at < read.length - 1; ) {
      at += reader.read(read, at, read.length - 1 - at);
    }
    room.takeFile(SIZE - room.fileBytes()); // from now on bytes that were read are dropped
    append(spool, 8_000_000, 14_000_000);
    spool.suspend();
    assertThat(named(Spool.open(directory, SIZE)).left()).isEmpty();
  }

  @Test
  void nobodyGoesOnWithWhatFailed() throws Exception {
    Spool room = Spool.open(directory, SIZE, 4 << 20);
    NarSpool wrong = named(room);
    NarSpool.Reader reader = wrong.reader(0, SIZE).orElseThrow();
    append(wrong, 0, 12_000_000);
    assertThat(room.fileBytes()).isGreaterThan(5 << 20);
    wrong.fail(new IntegrityException("this", "that", "somebody"));
    assertThat(named(room).left()).as("while it is still read").isEmpty();
    reader.close();
    assertThat(room.fileBytes()).isZero();
  }

  @Test
  void leavesNothingOfWhatEnded() throws Exception {
    NarSpool spool = named(Spool.open(directory, SIZE));
    append(spool, 0, SIZE);
    spool.end();
    spool.suspend();
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void forgetsWhatNobodyCameBackFor() throws Exception {
    NarSpool spool = named(Spool.open(directory, SIZE));
    append(spool, 0, 8_000_000);
    spool.suspend();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
      }
    }
    Spool.open(directory, SIZE);
    assertThat(directory).isEmptyDirectory();
  }
}
