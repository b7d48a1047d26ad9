package spindrift.node;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.DurableFile;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;

/** What is mounted from one node: a file for each process, in the node's data directory. */
final class MountRegistry {
  private static final int MAX_BYTES = 1 << 16;

  /** Ours: who wants to know why a mount ended looks by then. */
  private static final Duration LOGS_KEPT = Duration.ofDays(7);

  /** Clocks of processes and of descriptions differ by less. */
  private static final Duration TOLERANCE = Duration.ofSeconds(10);

  private final Path folder;

  MountRegistry(Path data) {
    this.folder = data.resolve("mounts");
  }

  /** A process that mounts, as it said. */
  record Entry(long pid, JsonObject description) {
    /** Whether the process is there, and not another one that has its number by now. */
    boolean isAlive() {
      return ProcessHandle.of(pid)
          .filter(ProcessHandle::isAlive)
          .map(process -> process.info().startInstant().filter(this::isAfter).isEmpty())
          .orElse(false);
    }

    private boolean isAfter(Instant start) {
      try {
        return start.minus(TOLERANCE).isAfter(Instant.parse(description.text("since")));
      } catch (FaultException | DateTimeParseException e) {
        return false;
      }
    }

    Optional<Path> directory() {
      try {
        return Optional.of(Path.of(description.text("directory")));
      } catch (FaultException e) {
        return Optional.empty();
      }
    }
  }

  /** Says of this process what it mounts. */
  void put(JsonObject description) throws IOException {
    Files.createDirectories(folder);
    clean();
    DurableFile.writeSecret(file(ProcessHandle.current().pid()), Bytes.utf8(description + "\n"));
  }

  /** Removes what processes left behind that are gone; their logs after a week. */
  void clean() throws IOException {
    for (Entry entry : entries()) {
      if (!entry.isAlive()) {
        remove(entry.pid()); // it was killed
      }
    }
    try (DirectoryStream<Path> logs = Files.newDirectoryStream(folder, "*.log")) {
      Instant oldest = Instant.now().minus(LOGS_KEPT);
      for (Path log : logs) {
        if (Files.getLastModifiedTime(log).toInstant().isBefore(oldest) && !isOfLiving(log)) {
          Files.deleteIfExists(log);
        }
      }
    } catch (NoSuchFileException e) {
      return;
    }
  }

  private static boolean isOfLiving(Path log) {
    String name = log.getFileName().toString();
    try {
      long pid = Long.parseLong(name.substring(0, name.indexOf('.')));
      return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    } catch (NumberFormatException e) {
      return false;
    }
  }

  void remove(long pid) throws IOException {
    Files.deleteIfExists(file(pid));
  }

  /** What processes said, those that are gone included. */
  List<Entry> entries() throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.json")) {
      for (Path file : files) {
        entry(file).ifPresent(entries::add);
      }
    } catch (NoSuchFileException e) {
      return List.of();
    }
    return entries;
  }

  private static Optional<Entry> entry(Path file) throws IOException {
    String name = file.getFileName().toString();
    try {
      long pid = Long.parseLong(name.substring(0, name.indexOf('.')));
      if (Files.size(file) > MAX_BYTES) {
        return Optional.empty();
      }
      return Optional.of(new Entry(pid, Json.parseObject(Files.readString(file))));
    } catch (NumberFormatException | FaultException | NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private Path file(long pid) {
    return folder.resolve(pid + ".json");
  }
}
