package spindrift.node;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import org.jspecify.annotations.Nullable;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;

/**
 * The bytes of a source as a stream, written by a thread of its own as they are read. Where the
 * source fails, so does reading. For one reader.
 */
public final class SourcePipe extends FilterInputStream {
  private static final int BUFFER = 1 << 16;

  private final Thread writer;
  private volatile @Nullable Exception failure;

  private SourcePipe(ByteSource source, Pipe pipe) {
    super(new BufferedInputStream(Channels.newInputStream(pipe.source()), BUFFER));
    // A platform thread: it works as long as the reader does, and reads files.
    this.writer =
        Thread.ofPlatform().daemon().name("source-pipe").unstarted(() -> write(source, pipe));
  }

  /** Starts to write; whoever opens it closes it. */
  public static SourcePipe open(ByteSource source) throws IOException {
    SourcePipe pipe = new SourcePipe(source, Pipe.open());
    pipe.writer.start();
    return pipe;
  }

  private void write(ByteSource source, Pipe pipe) {
    try (OutputStream out = Channels.newOutputStream(pipe.sink())) {
      try {
        source.writeTo(ByteTarget.of(out), 0, source.size());
      } catch (IOException | FaultException | RuntimeException e) {
        failure = e; // before the reader can see the end
      }
    } catch (IOException e) {
      failure = e;
    }
  }

  @Override
  public int read() throws IOException {
    return checked(super.read());
  }

  @Override
  public int read(byte[] target, int from, int size) throws IOException {
    return checked(super.read(target, from, size));
  }

  private int checked(int count) throws IOException {
    Exception cause = failure;
    if (count < 0 && cause != null) {
      throw new IOException(cause.getMessage(), cause);
    }
    return count;
  }

  /** Stops the writer and waits until it no longer uses the source. */
  @Override
  public void close() throws IOException {
    super.close();
    boolean interrupted = false;
    while (true) {
      try {
        writer.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
