package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.mount.MountSettings;
import spindrift.testkit.Corpus;

/**
 * Programs read through a mount while its node is killed, its peers die and stall, its blocks are
 * collected and damaged on the disk: they see the right bytes or EIO, and never wait for ever.
 *
 * <p>{@code -Dspindrift.mountfaults.seconds} makes it longer, {@code -Dspindrift.faults.seed}
 * another.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
final class MountFaultsTest {
  private static final long SECONDS = Long.getLong("spindrift.mountfaults.seconds", 6);
  private static final long SEED = Long.getLong("spindrift.faults.seed", 20_261_121);
  private static final int READERS = 6;

  /** How long a mount lasts: the next one has forgotten everything. */
  private static final Duration MOUNTED = Duration.ofSeconds(4);

  /** What a reader of the mount waits for. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /**
   * The kernel asks twice, and a machine may be slow; nobody waits for this long unless it hangs.
   */
  private static final Duration NO_HANG = Duration.ofSeconds(60);

  private static final int PAGE = 4096;

  /** Past the page cache, which never forgets. */
  private static final OpenOption DIRECT = direct();

  @TempDir Path scratch;

  private final Random random = new Random(SEED);
  private final Map<Path, byte[]> expected = new HashMap<>();
  private final AtomicLong right = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private MountPrograms programs;
  private final List<MountPrograms.Running> owners = new ArrayList<>();
  private MountPrograms.Running reader;

  @BeforeEach
  void open() throws Exception {
    programs = new MountPrograms(scratch);
    for (String name : MountPrograms.names(".*-(dash|debianutils|sed|grep|libattr1|hard-).*")) {
      for (Path file : MountPrograms.files(name)) {
        if (Files.size(Corpus.store().resolve("nix/store").resolve(file)) < 4 << 20) {
          expected.put(file, Files.readAllBytes(Corpus.store().resolve("nix/store").resolve(file)));
        }
      }
    }
    owners.add(programs.ownerProcess("owner-0"));
    owners.add(programs.ownerProcess("owner-1"));
    startReader();
  }

  @AfterEach
  void close() throws Exception {
    programs.close();
  }

  private void startReader() throws Exception {
    reader =
        programs.readerProcess(
            owners.stream().map(owner -> owner.value("p2p")).toArray(String[]::new));
  }

  @Test
  void readersSeeRightBytesOrAnError() throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    int mounts = 0;
    while (System.nanoTime() < until) {
      try (var mounted = programs.mount("reader", MountSettings.all().waiting(PATIENCE))) {
        assertThat(mounted.directory()).isDirectory();
        readWhileItFails();
      }
      mounts++;
    }
    assertThat(mounts).isPositive();
    assertThat(right.get()).as("reads that were right; %s were refused", refused).isPositive();
    mend();
    try (var mounted = programs.mount("reader", MountSettings.all())) {
      for (Map.Entry<Path, byte[]> file : expected.entrySet()) {
        assertThat(Arrays.equals(read(file.getKey()), file.getValue()))
            .as("%s in %s, when nothing fails any more", file.getKey(), mounted.directory())
            .isTrue();
      }
    }
  }

  private byte[] read(Path file) throws IOException {
    return Files.readAllBytes(programs.directory().resolve(file));
  }

  private void readWhileItFails() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    List<Path> files = List.copyOf(expected.keySet());
    try (ExecutorService threads = Executors.newFixedThreadPool(READERS)) {
      List<Future<?>> readers = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        Random own = new Random(random.nextLong());
        readers.add(
            threads.submit(
                () -> {
                  while (!stop.get()) {
                    readSome(files.get(own.nextInt(files.size())), own);
                  }
                  return null;
                }));
      }
      long until = System.nanoTime() + MOUNTED.toNanos();
      while (System.nanoTime() < until) {
        makeFault();
      }
      stop.set(true);
      for (Future<?> one : readers) {
        one.get(NO_HANG.toSeconds(), TimeUnit.SECONDS);
      }
    }
  }

  /** By the page cache or past it. */
  private void readSome(Path file, Random own) throws IOException {
    byte[] all = expected.get(file);
    boolean direct = own.nextInt(4) > 0;
    int from = own.nextInt(all.length) / PAGE * PAGE;
    ByteBuffer whole = ByteBuffer.allocateDirect(PAGE * 17);
    ByteBuffer buffer = whole.alignedSlice(PAGE).limit(PAGE * (1 + own.nextInt(16)));
    try (FileChannel channel = open(programs.directory().resolve(file), direct)) {
      int read = channel.read(buffer, from);
      byte[] found = new byte[Math.max(read, 0)];
      buffer.flip().get(found);
      int wanted = Math.min(buffer.capacity(), all.length - from);
      assertThat(found.length).as("%s at %s", file, from).isBetween(1, wanted);
      assertThat(Arrays.equals(found, Arrays.copyOfRange(all, from, from + found.length)))
          .as("%s from %s, %s bytes", file, from, found.length)
          .isTrue();
      right.incrementAndGet();
    } catch (IOException e) {
      assertThat(String.valueOf(e.getMessage())).contains("Input/output error");
      refused.incrementAndGet();
    }
  }

  private static FileChannel open(Path file, boolean direct) throws IOException {
    return direct
        ? FileChannel.open(file, StandardOpenOption.READ, DIRECT)
        : FileChannel.open(file, StandardOpenOption.READ);
  }

  /** By its name: the compiler warns of all that is not in Java's own packages. */
  private static OpenOption direct() {
    try {
      Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
      return (OpenOption) options.getField("DIRECT").get(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no such option", e);
    }
  }

  private void makeFault() throws Exception {
    int which = random.nextInt(2);
    switch (random.nextInt(6)) {
      case 0 -> {
        reader.kill();
        pause(random.nextInt(500));
        startReader();
      }
      case 1 -> {
        owners.get(which).signal("STOP");
        pause(200 + random.nextInt(2000));
        owners.get(which).signal("CONT");
      }
      case 2 -> {
        reader.signal("STOP");
        pause(random.nextInt(3000));
        reader.signal("CONT");
      }
      case 3 -> {
        owners.get(which).kill();
        owners.set(which, programs.ownerAgain("owner-" + which, owners.get(which)));
      }
      case 4 -> Ran.spindrift("gc", "--data", programs.data("reader").toString());
      default -> damage();
    }
    pause(random.nextInt(300));
  }

  private static void pause(int millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  /** Some bytes of what the node has fetched. */
  private void damage() throws IOException {
    Path packs = programs.data("reader").resolve("blocks/packs");
    if (!Files.isDirectory(packs)) {
      return;
    }
    try (Stream<Path> files = Files.list(packs)) {
      for (Path pack : (Iterable<Path>) files::iterator) {
        damage(pack);
      }
    }
  }

  private void damage(Path pack) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(pack.toFile(), "rw")) {
      for (int i = 0; i < 20 && file.length() > 1000; i++) {
        file.seek(500 + random.nextLong(file.length() - 500));
        file.write(random.nextInt(256));
      }
    } catch (FileNotFoundException e) {
      assertThat(pack).as("collected meanwhile").doesNotExist();
    }
  }

  /** All run, and know each other. */
  private void mend() throws Exception {
    for (MountPrograms.Running owner : owners) {
      owner.signal("CONT");
    }
    reader.kill();
    startReader();
  }
}
