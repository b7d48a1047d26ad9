package spindrift.substitute;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Room for NARs between those who send and those who read, shared by all: memory for what is near,
 * files for the rest. The files have no names, so that nothing stays when the node is killed. Safe
 * for use by several threads.
 */
public final class Spool {
  /** Ours: what the disk of any machine can spare while it installs something. */
  public static final long DEFAULT_FILE_BYTES = 4L << 30;

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
   * A spool in a directory of its own, which is made, and emptied of what is left there.
   *
   * @param maxFileBytes of all files together; with 0 there are none, and who reads slowly holds up
   *     who sends
   */
  public static Spool open(Path directory, long maxFileBytes) throws IOException {
    return open(directory, maxFileBytes, MEMORY_BYTES);
  }

  static Spool open(Path directory, long maxFileBytes, long maxMemoryBytes) throws IOException {
    Files.createDirectories(directory);
    try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, "*.nar")) {
      for (Path file : left) {
        Files.deleteIfExists(file);
      }
    }
    return new Spool(directory, maxFileBytes, maxMemoryBytes);
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
    byte[] used = bytes == NarSpool.CHUNK_BYTES ? free.poll() : null;
    return used == null ? new byte[bytes] : used;
  }

  /** Takes an array back which nobody uses any more. */
  synchronized void recycle(byte[] array) {
    if (array.length == NarSpool.CHUNK_BYTES && memoryBytes > 0 && free.size() < MOST_FREE) {
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
