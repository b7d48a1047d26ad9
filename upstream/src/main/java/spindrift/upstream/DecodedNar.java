package spindrift.upstream;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.compression.DecodingException;

/**
 * A NAR as a decoder makes it of a file on its way. A decoder is for one thread: whoever closes
 * this while another reads ends the file under it, and the memory is given back by the last of
 * them.
 */
final class DecodedNar implements NarStream {
  private final InputStream nar;
  private final LongSupplier transferred;
  private final Closeable file;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final ReentrantLock decoder = new ReentrantLock();
  private long left;

  /**
   * @param left bytes to the end by the narinfo; one more is an error
   */
  DecodedNar(InputStream nar, LongSupplier transferred, Closeable file, long left) {
    this.nar = nar;
    this.transferred = transferred;
    this.file = file;
    this.left = left;
  }

  /** Leaves out what comes first; closes this when that fails. */
  void skip(long count) throws IOException, FaultException {
    try {
      skipAll(count);
    } catch (IOException | FaultException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private void skipAll(long count) throws IOException, FaultException {
    byte[] scrap = new byte[1 << 16];
    long remaining = count;
    while (remaining > 0) {
      int size = read(scrap, 0, (int) Math.min(scrap.length, remaining));
      if (size < 0) {
        throw new IOException("the file ended " + remaining + " bytes before the offset");
      }
      remaining -= size;
    }
  }

  @Override
  public int read(byte[] buffer, int from, int length) throws IOException, FaultException {
    int size;
    decoder.lock();
    try {
      requireOpen();
      size = nar.read(buffer, from, length);
    } catch (DecodingException e) {
      requireOpen();
      throw e.fault();
    } finally {
      decoder.unlock();
      // Only now: whoever closes it from here on finds the decoder free.
      if (closed.get()) {
        release();
      }
    }
    requireOpen();
    left -= Math.max(0, size);
    if (left < 0) {
      throw new LimitExceededException("size of this NAR, by its narinfo,", left + size);
    }
    return size;
  }

  private void requireOpen() throws IOException {
    if (closed.get()) {
      throw new IOException("closed");
    }
  }

  @Override
  public long transferredBytes() {
    return transferred.getAsLong();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      try {
        file.close();
      } catch (IOException e) {
        // It is dropped anyway.
      }
      release();
    }
  }

  /** Gives back the memory, unless a thread reads, which then does so. */
  private void release() {
    if (decoder.tryLock()) {
      try {
        nar.close();
      } catch (IOException e) {
        // It is dropped anyway.
      } finally {
        decoder.unlock();
      }
    }
  }
}
