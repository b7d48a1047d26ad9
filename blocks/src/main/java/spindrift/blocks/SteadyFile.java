package spindrift.blocks;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Set;

/**
 * A file open for positional access that an interrupt does not take away.
 *
 * <p>The JDK closes a {@link FileChannel} when a thread that uses it is interrupted, for every
 * other thread, too. Here the operation is done again on a channel opened anew, and the interrupt
 * is handed on after it. All operations name their position, so that doing one twice does no harm.
 *
 * <p>Safe for use by several threads.
 */
final class SteadyFile implements AutoCloseable {
  private final Path path;
  private final Set<? extends OpenOption> options;
  private volatile FileChannel channel;
  private volatile boolean closed;

  /** Opens the file; when it must be opened again, it is opened with the same options. */
  SteadyFile(Path path, Set<? extends OpenOption> options) throws IOException {
    this.path = path;
    this.options = Set.copyOf(options);
    this.channel = FileChannel.open(path, this.options);
  }

  /** Fills the array from a position; {@link EOFException} where the file is too short for it. */
  void read(byte[] target, int targetOffset, int size, long position) throws IOException {
    steadily(
        open -> {
          ByteBuffer buffer = ByteBuffer.wrap(target, targetOffset, size);
          long at = position;
          while (buffer.hasRemaining()) {
            int count = open.read(buffer, at);
            if (count < 0) {
              throw new EOFException(path.getFileName() + " ends before byte " + (position + size));
            }
            at += count;
          }
          return 0L;
        });
  }

  /** Writes the whole array at a position. */
  void write(byte[] source, long position) throws IOException {
    steadily(
        open -> {
          ByteBuffer buffer = ByteBuffer.wrap(source);
          long at = position;
          while (buffer.hasRemaining()) {
            at += open.write(buffer, at);
          }
          return 0L;
        });
  }

  /** Makes what was written durable. */
  void force() throws IOException {
    steadily(
        open -> {
          open.force(false);
          return 0L;
        });
  }

  /** Cuts the file. */
  void truncate(long size) throws IOException {
    steadily(
        open -> {
          open.truncate(size);
          return 0L;
        });
  }

  long size() throws IOException {
    return steadily(FileChannel::size);
  }

  private long steadily(Operation operation) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        interrupted |= Thread.interrupted();
        FileChannel current = channel;
        try {
          return operation.on(current);
        } catch (ClosedChannelException e) {
          interrupted |= Thread.interrupted();
          reopen(current, e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized void reopen(FileChannel broken, ClosedChannelException cause)
      throws IOException {
    if (closed) {
      throw cause;
    }
    if (channel.equals(broken)) {
      channel = FileChannel.open(path, options);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    channel.close();
  }

  @FunctionalInterface
  private interface Operation {
    long on(FileChannel open) throws IOException;
  }
}
