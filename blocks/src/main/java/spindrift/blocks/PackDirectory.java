package spindrift.blocks;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The directory that the pack files are in. Safe for use by several threads. */
final class PackDirectory implements AutoCloseable {
  private static final Set<StandardOpenOption> READ_WRITE =
      Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);

  private final Path directory;
  private final Map<Integer, Pack> packs = new ConcurrentHashMap<>();
  private final AtomicInteger lastId = new AtomicInteger();

  private PackDirectory(Path directory) {
    this.directory = directory;
  }

  static PackDirectory open(Path directory) throws IOException {
    Files.createDirectories(directory);
    PackDirectory found = new PackDirectory(directory);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        PackFormat.id(file).ifPresent(id -> found.packs.put(id, new Pack(id, file, READ_WRITE)));
      }
    }
    found.packs.keySet().forEach(found::reserve);
    return found;
  }

  Path path() {
    return directory;
  }

  /** Sees to it that no new pack gets this number or a lower one. */
  void reserve(int id) {
    lastId.accumulateAndGet(id, Math::max);
  }

  /** All packs, lowest number first. */
  List<Pack> all() {
    return packs.values().stream()
        .sorted((one, other) -> Integer.compare(one.id(), other.id()))
        .toList();
  }

  boolean contains(int id) {
    return packs.containsKey(id);
  }

  /** A pack for use until {@link Pack#release}; null where there is none, or not any more. */
  @Nullable Pack acquire(int id) {
    Pack pack = packs.get(id);
    return pack != null && pack.acquire() ? pack : null;
  }

  /** A new pack with nothing but the header, not durable yet. */
  Pack create() throws IOException {
    int id = lastId.incrementAndGet();
    Path file = directory.resolve(PackFormat.name(id));
    Files.write(file, PackFormat.HEADER.toArray(), StandardOpenOption.CREATE_NEW);
    Pack pack = new Pack(id, file, READ_WRITE);
    packs.put(id, pack);
    return pack;
  }

  /** Deletes a pack's file; those who read from it finish. */
  void delete(int id) throws IOException {
    Pack pack = packs.remove(id);
    if (pack != null) {
      Files.deleteIfExists(pack.path());
      pack.retire();
    }
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (Pack pack : all()) {
      packs.remove(pack.id());
      try {
        pack.retire();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
