package spindrift.substitute;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import spindrift.nix.NixHash;

/**
 * Room for NARs between those who send and those who read, shared by all: memory for what is near,
 * files for the rest. Files have no names, so that nothing stays when the node is killed; but for
 * beginnings of NARs, which the next start can go on with. Safe for use by several threads.
 */
public final class Spool {
  /** Ours: what the disk of any machine can spare while it installs something. */
  public static final long DEFAULT_FILE_BYTES = 4L << 30;

  private static final System.Logger LOG = System.getLogger(Spool.class.getName());

  /** Ours: who did not come back for a NAR within a day does not miss it. */
  private static final Duration LEFT_FOR = Duration.ofDays(1);

  private static final String PART = ".part";

  /** A fifth of the node's heap. */
  static final long MEMORY_BYTES = 48L << 20;

  /** Ours: what a fast NAR has on its way; new arrays cost the collector dear. */
  private static final int MOST_FREE = 32;

  private final Path directory;
  private final long maxFileBytes;
  private final long maxMemoryBytes;
  private final Deque<byte[]> free = new ArrayDeque<>();
  private long fileBytes;
  private long memoryBytes;

  private Spool(Path directory, long maxFileBytes, long maxMemoryBytes) {
    this.directory = directory;
    this.maxFileBytes = maxFileBytes;
    this.maxMemoryBytes = maxMemoryBytes;
  }

  /**
   * A spool in a directory of its own, which is made, and emptied of what is of no use any more.
   *
   * @param maxFileBytes of all files together; with 0 there are none, and who reads slowly holds up
   *     who sends
   */
  public static Spool open(Path directory, long maxFileBytes) throws IOException {
    return open(directory, maxFileBytes, MEMORY_BYTES);
  }

  static Spool open(Path directory, long maxFileBytes, long maxMemoryBytes) throws IOException {
    Files.createDirectories(directory);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.nar")) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
    Spool spool = new Spool(directory, maxFileBytes, maxMemoryBytes);
    spool.dropLeft(Instant.now().minus(LEFT_FOR));
    return spool;
  }

  /** Forgets beginnings of NARs that nobody came back for since then. */
  private void dropLeft(Instant before) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + PART)) {
      for (Path file : files) {
        if (Files.getLastModifiedTime(file).toInstant().isBefore(before)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "cannot forget what was left why={0}", e.getMessage());
    }
  }

  private Path part(NixHash narHash) {
    return directory.resolve(narHash.digest().hex() + PART);
  }

  /** A file by which a later start finds the beginning of a NAR; empty if there is one already. */
  Optional<FileChannel> namedFile(NixHash narHash) throws IOException {
    try {
      return Optional.of(
          FileChannel.open(
              part(narHash),
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE));
    } catch (FileAlreadyExistsException e) {
      return Optional.empty();
    }
  }

  /** Takes the name off a file. */
  void forget(NixHash narHash) {
    try {
      Files.deleteIfExists(part(narHash));
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "cannot forget a spool file why={0}", e.getMessage());
    }
  }

  /**
   * The beginning of a NAR that an earlier start of the node left, once: nobody can say whether it
   * is right before all of the NAR has been hashed.
   */
  Optional<FileChannel> left(NixHash narHash) {
    try {
      FileChannel file = FileChannel.open(part(narHash), StandardOpenOption.READ);
      forget(narHash);
      return Optional.of(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "cannot go on with what was left why={0}", e.getMessage());
      return Optional.empty();
    }
  }

  /** A file without a name. */
  FileChannel file() throws IOException {
    Path path = Files.createTempFile(directory, "", ".nar");
    try {
      return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } finally {
      Files.deleteIfExists(path);
    }
  }

  synchronized boolean takeFile(long bytes) {
    if (bytes > maxFileBytes - fileBytes) {
      return false;
    }
    fileBytes += bytes;
    return true;
  }

  synchronized void returnFile(long bytes) {
    fileBytes -= bytes;
  }

  synchronized boolean takeMemory(long bytes) {
    if (bytes > maxMemoryBytes - memoryBytes) {
      return false;
    }
    memoryBytes += bytes;
    return true;
  }

  /** Takes memory that a NAR cannot do without, be it more than there should be. */
  synchronized void overdrawMemory(long bytes) {
    memoryBytes += bytes;
  }

  synchronized void returnMemory(long bytes) {
    memoryBytes -= bytes;
    if (memoryBytes == 0) {
      free.clear(); // a node at rest is small
    }
  }

  /** Whether what nobody needs now had better go. */
  synchronized boolean isShort() {
    return memoryBytes > maxMemoryBytes / 2 || fileBytes > maxFileBytes / 2;
  }

  /** An array for that much memory, with anything in it. */
  synchronized byte[] array(int bytes) {
    byte[] used = bytes == HeldPart.CHUNK_BYTES ? free.poll() : null;
    return used == null ? new byte[bytes] : used;
  }

  /** Takes an array back which nobody uses any more. */
  synchronized void recycle(byte[] array) {
    if (array.length == HeldPart.CHUNK_BYTES && memoryBytes > 0 && free.size() < MOST_FREE) {
      free.push(array);
    }
  }

  synchronized long memoryBytes() {
    return memoryBytes;
  }

  synchronized long fileBytes() {
    return fileBytes;
  }
}
