package spindrift.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Reads of every kind in random order by several readers, each compared with the file as it is, as
 * {@code fsx} does for file systems that are written to. A process of its own: who serves a mount
 * must not map its files.
 */
final class RandomReads {
  private static final int READERS = 4;

  private final Path shown;
  private final byte[] expected;

  private RandomReads(Path shown, Path original) throws IOException {
    this.shown = shown;
    this.expected = Files.readAllBytes(original);
  }

  /** Arguments: a seed, how many reads each reader does, and pairs of a file and its original. */
  public static void main(String[] arguments) throws Exception {
    long seed = Long.parseLong(arguments[0]);
    int count = Integer.parseInt(arguments[1]);
    for (int i = 2; i < arguments.length; i += 2) {
      new RandomReads(Path.of(arguments[i]), Path.of(arguments[i + 1])).run(seed, count);
    }
    System.out.println("same");
  }

  static List<String> command() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx256m",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        RandomReads.class.getName());
  }

  private void run(long seed, int count) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(READERS)) {
      List<Future<?>> readers =
          java.util.stream.IntStream.range(0, READERS)
              .<Future<?>>mapToObj(
                  i ->
                      threads.submit(
                          () -> {
                            read(new Random(seed + i), count);
                            return null;
                          }))
              .toList();
      for (Future<?> reader : readers) {
        reader.get();
      }
    }
  }

  private void read(Random random, int count) throws IOException {
    try (FileChannel file = FileChannel.open(shown)) {
      for (int i = 0; i < count; i++) {
        switch (random.nextInt(8)) {
          case 0, 1, 2 -> anywhere(file, random, 1 << 12);
          case 3 -> anywhere(file, random, expected.length + 1);
          case 4, 5 -> mapped(file, random);
          case 6 -> onwards(file, random);
          default -> beyondTheEnd(file, random);
        }
      }
    }
  }

  private void anywhere(FileChannel file, Random random, int most) throws IOException {
    int from = random.nextInt(expected.length);
    check(file, from, 1 + random.nextInt(Math.min(most, expected.length - from)));
  }

  private void check(FileChannel file, int from, int size) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(size);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, from + buffer.position()) < 0) {
        throw new IOException(shown + " ends at " + (from + buffer.position()));
      }
    }
    same(buffer.array(), from);
  }

  private void same(byte[] found, int from) throws IOException {
    int at = Arrays.mismatch(found, Arrays.copyOfRange(expected, from, from + found.length));
    if (at >= 0) {
      throw new IOException(shown + " differs at " + (from + at));
    }
  }

  private void mapped(FileChannel file, Random random) throws IOException {
    int from = random.nextInt(expected.length);
    int size = 1 + random.nextInt(Math.min(1 << 20, expected.length - from));
    byte[] found = new byte[size];
    file.map(FileChannel.MapMode.READ_ONLY, from, size).get(found);
    same(found, from);
  }

  private void onwards(FileChannel file, Random random) throws IOException {
    int from = random.nextInt(expected.length);
    int step = 1 + random.nextInt(1 << 16);
    for (int i = 0; i < 10 && from < expected.length; i++) {
      int size = Math.min(step, expected.length - from);
      check(file, from, size);
      from += size;
    }
  }

  private void beyondTheEnd(FileChannel file, Random random) throws IOException {
    int from = Math.max(0, expected.length - random.nextInt(5000));
    ByteBuffer buffer = ByteBuffer.allocate(10_000);
    while (file.read(buffer, from + buffer.position()) >= 0) {
      if (!buffer.hasRemaining()) {
        throw new IOException(shown + " does not end");
      }
    }
    if (buffer.position() != expected.length - from) {
      throw new IOException(shown + " ends at " + (from + buffer.position()));
    }
    same(Arrays.copyOf(buffer.array(), buffer.position()), from);
  }
}
