package spindrift.node;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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

  private final Path folder;

  MountRegistry(Path data) {
    this.folder = data.resolve("mounts");
  }

  /** A process that mounts, as it said. */
  record Entry(long pid, JsonObject description) {
    /** Whether the process is there; another one may have its number. */
    boolean isAlive() {
      return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
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
    for (Entry entry : entries()) {
      if (!entry.isAlive()) {
        remove(entry.pid()); // it was killed
      }
    }
    DurableFile.writeSecret(file(ProcessHandle.current().pid()), Bytes.utf8(description + "\n"));
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
