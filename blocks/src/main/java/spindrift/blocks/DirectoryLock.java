package spindrift.blocks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import spindrift.base.ConfigException;

/**
 * The right of one process to use a data directory: a lock on its file {@code lock}, which the
 * system takes back when the process ends, however it ends. The file says which process has it.
 */
public final class DirectoryLock implements AutoCloseable {
  private static final String FILE = "lock";
  private static final int MAX_PID_BYTES = 20;

  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the lock; the directory is made when it does not exist.
   *
   * @throws ConfigException when another process has it
   */
  public static DirectoryLock acquire(Path directory) throws IOException, ConfigException {
    Files.createDirectories(directory);
    FileChannel channel =
        FileChannel.open(
            directory.resolve(FILE),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    try {
      if (tryLock(channel) == null) {
        throw new ConfigException(
            "data directory "
                + directory
                + " is in use by "
                + owner(channel)
                + "; stop it first, or name another directory");
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)),
          0);
      return new DirectoryLock(channel);
    } catch (IOException | ConfigException e) {
      channel.close();
      throw e;
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // this very process has it
    }
  }

  private static String owner(FileChannel channel) throws IOException {
    ByteBuffer pid = ByteBuffer.allocate(MAX_PID_BYTES);
    int size = channel.read(pid, 0);
    String text = new String(pid.array(), 0, Math.max(size, 0), StandardCharsets.US_ASCII);
    return text.chars().allMatch(c -> c >= '0' && c <= '9') && !text.isEmpty()
        ? "process " + text
        : "another process";
  }

  /** Gives the lock back; the file stays, because another process may wait for the same one. */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
